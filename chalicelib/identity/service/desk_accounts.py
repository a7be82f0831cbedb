"""Accounts of record of people whom a clerk has seen and who have none: nobody logs in by one.

What is done for such a person is kept there and shown to them. Whoever is proven to be the person
later, by more than name and number, takes it over (`takeover`).
"""

from datetime import datetime
from typing import Final

from chalicelib.core import changes, history
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document, fields_of
from chalicelib.core.ids import CITIZEN_ID_LENGTH, new_id
from chalicelib.identity import storage
from chalicelib.identity.domain import Profile
from chalicelib.identity.service import contacts, profiles
from chalicelib.identity.service.accounts import DESK
from chalicelib.identity.service.person_corrections import Details
from chalicelib.identity.service.profiles import is_erased, load, new_key, person_of

_OTHER_NAME: Final = Text(
    "姓名与证件号码不一致，请核对证件", "The name is not that of this document"
)


def account_of(name: str, document: Document, actor: str, now: datetime) -> Profile:
    """Return the account of record of a person, made where there is none; raises TryAgain."""
    person = person_of(document)

    def find_or_make() -> Profile | None:
        known = storage.find_of_record(person)
        return load(known) if known else _make(name, document, actor, now)

    return changes.until_stored(find_or_make)


def citizen_of(details: Details, phone: str | None, actor: str, now: datetime) -> Citizen:
    """Return who stands at the counter with a document, as who acts by `actor`, account or not.

    What is told about it is sent to the number that they give, unless a code proved one before.
    Idempotent. Raises InvalidRequest at /person/name for another name than the document's, and of
    who has died.
    """
    made = account_of(details.name, details.document, actor, now)
    known = profiles.me(made.citizen_id)
    if not known.is_seen_as(details.name):
        raise InvalidRequest(errors=[FieldError("/person/name", "other_name", _OTHER_NAME)])
    if phone and known.clear.get("phone_proof") != "code":
        contacts.prove_contact(made.citizen_id, "phone", phone, "counter", now)
    return profiles.caller_of(known.profile)


def find(person: str) -> Profile | None:
    """Return the account of record of a person."""
    known = storage.find_of_record(person)
    return load(known) if known else None


def _make(name: str, document: Document, actor: str, now: datetime) -> Profile | None:
    """Make an account that nobody has a log-in for; None where another was faster."""
    citizen_id, person = new_id(CITIZEN_ID_LENGTH), person_of(document)
    former = storage.find_account(DESK, person, now)
    if former and not is_erased(former):
        return None
    fresh = new_key(citizen_id)
    entry = history.append(
        citizen_id,
        history.Head(),
        type_="citizen.created",
        at=now,
        actor=actor,
        data={"platform": DESK},
    )
    fields = {"account": f"{DESK}:", "name": name, **fields_of(document)}
    profile = Profile(
        citizen_id,
        fresh.in_profile,
        head=entry.head,
        person=person,
        # Nobody has proven to be the person by it: what is better takes it over.
        proof="match",
        sealed={field: fresh.key.seal(field, value) for field, value in fields.items()},
    )
    by, of_record = storage.NewAccount(DESK, person, former), storage.write_of_record
    also = [of_record(person, citizen_id), *fresh.also]
    made = storage.create_citizen(profile, by, entry, also)
    return profile if made else None
