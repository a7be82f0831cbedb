"""What is personal in a case, sealed under its citizen's key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chalicelib.cases.domain import Address, Remark
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.identity import service as identity


def seal_form(case_id: str, form: Mapping[str, Any]) -> str:
    """Seal a form; raises NotFound or Unauthenticated when the citizen is gone."""
    return _seal(case_id, "form", json.dumps(form, ensure_ascii=False))


def open_form(case_id: str, sealed: str | None) -> dict[str, Any] | None:
    """Open a form; None when it was erased."""
    text = _open(case_id, "form", sealed)
    form: dict[str, Any] | None = json.loads(text) if text else None
    return form


def seal_address(case_id: str, address: Address) -> str:
    """Seal an address; raises NotFound or Unauthenticated when the citizen is gone."""
    return _seal(case_id, "delivery", json.dumps(asdict(address), ensure_ascii=False))


def open_address(case_id: str, sealed: str | None) -> Address | None:
    """Open an address; None when there is none, or it was erased."""
    text = _open(case_id, "delivery", sealed)
    return Address(**json.loads(text)) if text else None


def seal_pickup(case_id: str, address: Address) -> str:
    """Seal where originals are fetched; raises as the others."""
    return _seal(case_id, "pickup", json.dumps(asdict(address), ensure_ascii=False))


def open_pickup(case_id: str, sealed: str | None) -> Address | None:
    """Open where originals are fetched; None when there is none, or it was erased."""
    text = _open(case_id, "pickup", sealed)
    return Address(**json.loads(text)) if text else None


def seal_note(case_id: str, text: str) -> str:
    """Seal words that belong to an entry; raises as the others."""
    return _seal(case_id, "note", text)


def open_note(case_id: str, sealed: str | None) -> str | None:
    """Open the words of an entry; None when there are none, or they were erased."""
    return _open(case_id, "note", sealed)


def seal_facts(case_id: str, facts: Mapping[str, Any]) -> str:
    """Seal what a machine decided by; raises as the others."""
    return _seal(case_id, "facts", json.dumps(facts, ensure_ascii=False))


def open_facts(case_id: str, sealed: str | None) -> dict[str, Any] | None:
    """Open what a machine decided by; None when it was erased."""
    text = _open(case_id, "facts", sealed)
    facts: dict[str, Any] | None = json.loads(text) if text else None
    return facts


def seal_remarks(case_id: str, remarks: Sequence[Remark]) -> str:
    """Seal what is to be corrected; raises as the others."""
    pairs = [[remark.pointer, remark.detail] for remark in remarks]
    return _seal(case_id, "remarks", json.dumps(pairs, ensure_ascii=False))


def open_remarks(case_id: str, sealed: str | None) -> tuple[Remark, ...]:
    """Open what is to be corrected; nothing when it was erased."""
    text = _open(case_id, "remarks", sealed)
    return tuple(Remark(*pair) for pair in json.loads(text)) if text else ()


def _seal(case_id: str, what: str, text: str) -> str:
    return identity.key_of(_citizen(case_id)).seal(f"case/{case_id}/{what}", text)


def _open(case_id: str, what: str, sealed: str | None) -> str | None:
    if sealed is None:
        return None
    try:
        return identity.key_of(_citizen(case_id)).open(f"case/{case_id}/{what}", sealed)
    except (NotFound, Unauthenticated, DecryptionError):
        return None


def _citizen(case_id: str) -> str:
    return case_id[:CITIZEN_ID_LENGTH]
