"""Whoever stands at the counter with a document, with or without an account.

Who has none gets one that nobody logs in by (`desk_accounts`), which the person's own phone takes
over as soon as they are verified there, and which shows what was done at the counter. The number
that they give is sent what is told about it, unless they proved one by a code before.
"""

from datetime import datetime
from typing import Final

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.identity.service import contacts, desk_accounts, profiles
from chalicelib.identity.service.person_corrections import Details

_OTHER_NAME: Final = Text(
    "姓名与证件号码不一致，请核对证件", "The name is not that of this document"
)


def citizen_of(details: Details, phone: str | None, actor: str, now: datetime) -> Citizen:
    """Return the person's account of record, made where there is none, as who acts by `actor`.

    Idempotent. Raises InvalidRequest at /person/name for another name than the document's.
    """
    made = desk_accounts.account_of(details.name, details.document, actor, now)
    known = profiles.me(made.citizen_id)
    if known.clear.get("name") != details.name:
        raise InvalidRequest(errors=[FieldError("/person/name", "other_name", _OTHER_NAME)])
    if phone and known.clear.get("phone_proof") != "code":
        contacts.prove_contact(made.citizen_id, "phone", phone, "counter", now)
    return profiles.caller_of(known.profile)
