"""The routes by which one proves a number and a mail address, and withdraws them."""

import unicodedata
from typing import Annotated, Final

from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http_messages import (
    BodyModel,
    GivenCode,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import Phone, typed
from chalicelib.identity.domain import masked_email, masked_phone
from chalicelib.identity.service import contacts
from chalicelib.identity.service.contacts import Contact, Contacts
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.contacts import service
from chalicelib.notifications.contacts.domain import Asking, ChannelNotOffered

routes: Final = Routes("contacts")

# A local part and a domain of ASCII, as all servers take them (RFC 5321, 4.1.2 and 4.5.3.1).
_EMAIL: Final = (
    r"(?=.{3,254}$)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)


def _read_email(given: str) -> str:
    local, at, domain = unicodedata.normalize("NFKC", given).strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


Email = Annotated[str, typed(_EMAIL, _read_email)]


class PhoneGiven(BodyModel):
    """The number to send a code to."""

    phone: Phone


class EmailGiven(BodyModel):
    """The mail address to send a code to."""

    email: Email


class CodeSentView(BodyModel):
    """Until when the code is good."""

    expires_at: str


class ContactsView(BodyModel):
    """One's number and mail address, masked; each is verified, or sent nothing."""

    phone: str | None
    phone_verified: bool
    email: str | None
    email_verified: bool


_ASKING: Final = [ChannelNotOffered, ChannelUnavailable, TooManyRequests]


@routes.post(
    "/v1/me/phone",
    auth=auth.citizen,
    body=PhoneGiven,
    response=CodeSentView,
    status=202,
    idempotent=True,
    errors=_ASKING,
)
def ask_for_phone_code(request: Request[PhoneGiven]) -> Response:
    """Have a code sent to a number."""
    return _ask(request, "phone", request.input.phone)


@routes.post(
    "/v1/me/phone/verify",
    auth=auth.citizen,
    body=GivenCode,
    response=ContactsView,
    idempotent=True,
)
def verify_phone(request: Request[GivenCode]) -> Response:
    """Give the code that came; five wrong ones end it."""
    return _prove(request, "phone")


@routes.delete("/v1/me/phone", auth=auth.citizen, status=204)
def remove_phone(request: Request[QueryModel]) -> Response:
    """Withdraw one's number: no text is sent any more."""
    contacts.remove_contact(request.citizen.citizen_id, "phone", request.now)
    return Response(None)


@routes.post(
    "/v1/me/email",
    auth=auth.citizen,
    body=EmailGiven,
    response=CodeSentView,
    status=202,
    idempotent=True,
    errors=_ASKING,
)
def ask_for_email_code(request: Request[EmailGiven]) -> Response:
    """Have a code sent to a mail address."""
    return _ask(request, "email", request.input.email)


@routes.post(
    "/v1/me/email/verify",
    auth=auth.citizen,
    body=GivenCode,
    response=ContactsView,
    idempotent=True,
)
def verify_email(request: Request[GivenCode]) -> Response:
    """Give the code that came; five wrong ones end it."""
    return _prove(request, "email")


@routes.delete("/v1/me/email", auth=auth.citizen, status=204)
def remove_email(request: Request[QueryModel]) -> Response:
    """Withdraw one's mail address: no mail is sent any more."""
    contacts.remove_contact(request.citizen.citizen_id, "email", request.now)
    return Response(None)


def _ask(
    request: Request[PhoneGiven] | Request[EmailGiven], contact: Contact, address: str
) -> Response:
    asking = Asking(request.citizen.citizen_id, contact, address, request.source)
    expires_at, again = service.ask_for_code(asking, request.attempt, request.now)
    return replayed(CodeSentView(expires_at=rfc3339(expires_at)), again=again)


def _prove(request: Request[GivenCode], contact: Contact) -> Response:
    contacts, again = service.prove(
        request.citizen.citizen_id, contact, request.input.code, request.attempt, request.now
    )
    return replayed(_view(contacts), again=again)


def _view(contacts: Contacts) -> ContactsView:
    return ContactsView(
        phone=masked_phone(contacts.phone) if contacts.phone else None,
        phone_verified=contacts.phone_proof is not None,
        email=masked_email(contacts.email) if contacts.email else None,
        email_verified=contacts.email_proof is not None,
    )
