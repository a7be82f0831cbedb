"""Proving a number or a mail address: a code is sent there, and what comes back is compared.

A text costs money and rings a phone, so what asks for one is counted before it is sent: to the
address, of the person, of the source, and of everybody in a day. The steps of asking, so that the
same attempt sends one text however often it comes:

1. the request is kept with its attempt, its address sealed, and a lease for who sends it;
2. the service is asked; 3. that it took the code is noted.

The code follows from the attempt, so a crash after 1 or 2 makes the attempt send the same code
again once the lease is over. Of proving: a try is claimed before the code is compared, so however
many come at once, five are compared; the address is kept as proven before the code is used up, and
both find that they were done.
"""

from datetime import datetime
from typing import Final

from chalicelib.core import changes, dependencies, idempotency, rate_limit, secret_code
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidRequest, TooManyRequests
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.rate_limit import Window
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service as identity
from chalicelib.identity.service import contacts
from chalicelib.identity.service.contacts import Contact, Contacts
from chalicelib.notifications import channels
from chalicelib.notifications.channels.base import ChannelUnavailable, TextService
from chalicelib.notifications.contacts import storage
from chalicelib.notifications.contacts.domain import (
    LEASE,
    LIFETIME,
    OF_A_PERSON_A_DAY,
    TO_AN_ADDRESS_A_DAY,
    Asking,
    ChannelNotOffered,
    CodeRequest,
)
from chalicelib.notifications.domain import Message, SendResult
from chalicelib.notifications.domain.kinds import CODE
from chalicelib.notifications.preferences import service as preferences
from chalicelib.notifications.storage import count_sent

CHANNELS: Final = {"phone": "sms", "email": "email"}
_HOUR: Final = 3600
_WRONG: Final = FieldError(
    "/code", "wrong_code", Text("验证码不正确或已失效", "This code is wrong or has expired")
)
_UNREACHABLE: Final = Text("无法发送到这里，请核对", "Nothing can be sent there; please check it")
_TITLE: Final = Text("您的验证码", "Your code")
_BODY: Final = Text(
    "您的验证码是 {code}，10 分钟内有效。如果不是您本人操作，请不要告诉任何人。",
    "Your code is {code}. It is good for ten minutes. If you did not ask for it, tell nobody.",
)


def ask_for_code(asking: Asking, attempt: Attempt, now: datetime) -> tuple[datetime, bool]:
    """Send a code to an address; return until when it is good, and whether the attempt came before.

    Raises ChannelNotOffered, TooManyRequests, InvalidRequest for an address that is none,
    ChannelUnavailable when the same attempt may come again, IdempotencyKeyReused or TryAgain.
    """
    known, channel = storage.load(asking.citizen_id, asking.contact), CHANNELS[asking.contact]
    service = channels.text_service(channel)
    if service is None or channels.text_template(channel, CODE) is None:
        raise ChannelNotOffered
    is_counted = known is None or not idempotency.already_applied(known.ledger, attempt)
    if is_counted:
        _count(asking, now)
    request, again = _keep(asking, attempt, now)
    if again and is_counted:
        # A copy of this attempt was faster, and was counted too: both are one code.
        for what, window, _ in _limits(asking, now):
            storage.give_back(what, window)
    if not again or request.may_be_sent(attempt.key, now):
        _send(asking, attempt.key, service, now)
    return request.expires_at, again


def prove(
    citizen_id: str, contact: Contact, given: str, attempt: Attempt, now: datetime
) -> tuple[Contacts, bool]:
    """Compare a code, and keep the address that it proves; tells whether the attempt had done so.

    Raises InvalidRequest for a wrong code, the fifth of which ends it; IdempotencyKeyReused or
    TryAgain.
    """
    request = storage.load(citizen_id, contact)
    if request and idempotency.already_applied(request.ledger, attempt):
        return contacts.contacts_of(citizen_id), True
    if request is None or not request.is_good(now):
        raise InvalidRequest(errors=[_WRONG])
    if not storage.claim_try(citizen_id, contact, request):
        raise InvalidRequest(errors=[_WRONG])
    if not secret_code.is_right(_code(citizen_id, contact, request.key), given):
        raise InvalidRequest(errors=[_WRONG])
    address = identity.key_of(citizen_id).open(f"code/{contact}", request.sealed)
    proven = contacts.prove_contact(citizen_id, contact, address, "code", now)
    preferences.note_alive(citizen_id, CHANNELS[contact])
    _use_up(citizen_id, contact, request, attempt, now)
    return proven, False


def _keep(asking: Asking, attempt: Attempt, now: datetime) -> tuple[CodeRequest, bool]:
    citizen_id, contact = asking.citizen_id, asking.contact
    sealed = identity.key_of(citizen_id).seal(f"code/{contact}", asking.address)

    def write() -> tuple[CodeRequest, bool] | None:
        old = storage.load(citizen_id, contact)
        ledger = old.ledger if old else ()
        if old and idempotency.already_applied(ledger, attempt):
            return old, True
        noted = idempotency.note(ledger, attempt, now)
        new = CodeRequest(attempt.key, sealed, now + LIFETIME, now + LEASE, ledger=noted)
        return (new, False) if storage.store(citizen_id, contact, old, new) else None

    return changes.until_stored(write)


def _use_up(
    citizen_id: str, contact: Contact, proving: CodeRequest, attempt: Attempt, now: datetime
) -> None:
    def write() -> bool | None:
        old = storage.load(citizen_id, contact)
        if old is None or old.key != proving.key:
            # It was proven by two at once, or a new code was asked for meanwhile.
            return True
        used = old.used(idempotency.note(old.ledger, attempt, now))
        return storage.store(citizen_id, contact, old, used) or None

    changes.until_stored(write)


def _count(asking: Asking, now: datetime) -> None:
    for what, window, limit in _limits(asking, now):
        if not storage.claim_one_of(what, window, limit):
            raise window.exceeded(now)


def _limits(asking: Asking, now: datetime) -> tuple[tuple[str, Window, int], ...]:
    """Return what a code is counted by, in which window, and how many there may be."""
    day, hour = rate_limit.day(now), rate_limit.window(now, _HOUR)
    contact = asking.contact
    hashed = dependencies.vault().keyed_hash(f"code/{contact}", asking.address)
    return (
        (
            f"code-source/{asking.source}",
            hour,
            rate_limit.of_source(SETTINGS.codes_a_source_an_hour),
        ),
        (f"code-person/{asking.citizen_id}", day, OF_A_PERSON_A_DAY),
        (f"code-to/{hashed}", day, TO_AN_ADDRESS_A_DAY),
        (f"code-all/{contact}", day, SETTINGS.codes_a_day),
    )


def _send(asking: Asking, key: str, service: TextService, now: datetime) -> None:
    citizen_id, contact = asking.citizen_id, asking.contact
    try:
        result = service.send(_message(asking, key), now).result
    except ChannelUnavailable:
        storage.release(citizen_id, contact, key, now)
        raise
    if result is SendResult.TAKEN:
        storage.note_sent(citizen_id, contact, key)
        # A code is one part of a text, and costs as any other.
        count_sent(office_time(now).date(), CHANNELS[contact], 1, citizen_id)
        return
    # It is refused again when the attempt comes again.
    storage.release(citizen_id, contact, key, now)
    if result is SendResult.LIMITED:
        raise TooManyRequests(retry_after=_HOUR)
    raise InvalidRequest(errors=[FieldError(f"/{contact}", "unreachable", _UNREACHABLE)])


def _message(asking: Asking, key: str) -> Message:
    code = _code(asking.citizen_id, asking.contact, key)
    channel, lang = CHANNELS[asking.contact], _lang(asking.citizen_id)
    template = channels.text_template(channel, CODE)
    values = {"title": _TITLE.in_language(lang), "body": _BODY.in_language(lang, {"code": code})}
    if channel == "sms" and template:
        values = dict.fromkeys(template.fields, code)
    template_id = template.template_id if template else ""
    return Message(asking.address, template_id, "", values, lang, key)


def _lang(citizen_id: str) -> Lang:
    return "en" if identity.profile_of(citizen_id).locale == "en" else "zh-CN"


def _code(citizen_id: str, contact: Contact, key: str) -> str:
    return secret_code.code_of(f"{contact}-code", f"{citizen_id}.{key}")
