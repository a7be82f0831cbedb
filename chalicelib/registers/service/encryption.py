"""What registers answered, sealed under the citizen's key."""

import json

from chalicelib.core.crypto import DecryptionError, SubjectKey
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.identity import service as identity
from chalicelib.registers.domain import Answer, Lookup


def seal_answer(lookup_id: str, key: SubjectKey, answer: Answer) -> str:
    """Seal what a register said."""
    kept = {"outcome": answer.outcome, "fields": dict(answer.fields)}
    return key.seal(_field(lookup_id), json.dumps(kept, ensure_ascii=False))


def open_answer(lookup: Lookup) -> Answer | None:
    """Open what a register said; None before it answered, and once the citizen was erased."""
    if lookup.answer is None:
        return None
    try:
        key = identity.key_of(lookup.citizen_id)
        kept = json.loads(key.open(_field(lookup.lookup_id), lookup.answer))
    except (NotFound, Unauthenticated, DecryptionError):
        return None
    return Answer(kept["outcome"], kept["fields"])


def _field(lookup_id: str) -> str:
    return f"lookup/{lookup_id}/answer"
