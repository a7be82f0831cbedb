"""Looks of staff at citizens' data, chained as they come by the stream, for the anchors to cover.

A look is recorded by the request that shows the data, by one plain write. The stream brings it
here, once or more, and the chain of the citizen's looks gets an entry with its digest: a look that
is then changed or taken away is missed. The entry comes by the stream in its turn, and its chain's
end is noted as any other's.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.anchors import storage
from chalicelib.core import changes, history
from chalicelib.core.audit import SubjectHistory
from chalicelib.core.ids import new_id

_PREFIX: Final = "looks:"
_SALT_LETTERS: Final = 22


def chain(citizen_id: str, look: str, facts: Mapping[str, str]) -> None:
    """Append a look to the chain of a citizen's. Idempotent; raises TryAgain.

    `look` is the record's own key and begins with its time; `facts` are all that it says.
    """
    subject = f"{_PREFIX}{citizen_id}"

    def write() -> bool | None:
        end = storage.load_look_end(subject)
        entry = history.append(
            subject,
            end,
            type_="citizen.looked_at",
            at=datetime.fromisoformat(facts["at"]),
            actor=f"staff:{facts['staff_id']}",
            data={"look": look, "digest": digest(facts)},
            salt=new_id(_SALT_LETTERS),
        )
        return storage.add_look(entry, end, look) or storage.is_chained(subject, look) or None

    changes.until_stored(write)


def digest(facts: Mapping[str, str]) -> str:
    """Return the SHA-256 of what a look says, in hex."""
    text = json.dumps(dict(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def history_of(subject: str) -> SubjectHistory | None:
    """Return the chain of the looks at a citizen's data, `looks:<citizen_id>`, for auditors."""
    if not subject.startswith(_PREFIX):
        return None
    entries = tuple(storage.load_looks(subject))
    citizen_id = subject.removeprefix(_PREFIX)
    end = storage.load_look_end(subject)
    return SubjectHistory(entries, end, citizen_id=citizen_id) if entries else None
