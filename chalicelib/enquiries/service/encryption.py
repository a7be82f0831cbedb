"""What is personal in an enquiry, sealed under its citizen's key, or under one of its own."""

import json
from dataclasses import asdict
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.crypto import DecryptionError, SubjectKey
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.enquiries.domain import Contact, Enquiry, Place, Words
from chalicelib.identity import service as identity

_WORDS: Final = "words"
_CONTACT: Final = "contact"


def new_key(number: str) -> tuple[SubjectKey, str]:
    """Return a key for an enquiry that belongs to no account, and its wrapped form in hex."""
    key, wrapped = dependencies.vault().new_key(_subject(number))
    return key, wrapped.hex()


def key_of(enquiry: Enquiry) -> SubjectKey:
    """Return the key of an enquiry; raises NotFound once its citizen was erased."""
    if enquiry.citizen_id:
        return citizens_key(enquiry.citizen_id)
    wrapped = bytes.fromhex(enquiry.sealed_key or "")
    return dependencies.vault().key_of(_subject(enquiry.number), wrapped)


def citizens_key(citizen_id: str) -> SubjectKey:
    """Return a citizen's key; raises NotFound once they were erased."""
    try:
        return identity.key_of(citizen_id)
    except Unauthenticated as error:
        raise NotFound from error


def seal_words(key: SubjectKey, number: str, words: Words) -> str:
    """Seal what was written."""
    return key.seal(_field(number, _WORDS), _json(words))


def open_words(enquiry: Enquiry, sealed: str | None) -> Words | None:
    """Open what was written; None where there is nothing, or it was erased."""
    text = _open(enquiry, _WORDS, sealed)
    if text is None:
        return None
    kept = json.loads(text)
    place = Place(**kept["place"]) if kept.get("place") else None
    return Words(kept.get("text", ""), tuple(kept.get("attachments") or ()), place)


def seal_contact(key: SubjectKey, number: str, contact: Contact) -> str:
    """Seal who called."""
    return key.seal(_field(number, _CONTACT), _json(contact))


def open_contact(enquiry: Enquiry) -> Contact | None:
    """Open who called; None where nobody did."""
    text = _open(enquiry, _CONTACT, enquiry.contact)
    if text is None:
        return None
    kept = json.loads(text)
    return Contact(kept.get("name"), kept["phone"], kept.get("callback_at"))


def _open(enquiry: Enquiry, what: str, sealed: str | None) -> str | None:
    if sealed is None:
        return None
    try:
        return key_of(enquiry).open(_field(enquiry.number, what), sealed)
    except (NotFound, DecryptionError):
        return None


def _json(kept: Words | Contact) -> str:
    return json.dumps({n: v for n, v in asdict(kept).items() if v}, ensure_ascii=False)


def _field(number: str, what: str) -> str:
    return f"enquiry/{number}/{what}"


def _subject(number: str) -> str:
    return f"enquiry/{number}"
