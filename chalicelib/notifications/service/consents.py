"""What a citizen subscribed to: consents to so many messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import changes, idempotency
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity.service import reach
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications import channels, storage
from chalicelib.notifications.domain import CONSENT_LIMIT, SUBSCRIPTIONS, Consents

_UNKNOWN: Final = Text("没有此消息模板", "There is no such template")


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What is left of a subscription, and the platform's template to ask consent for."""

    template: str
    platform_template_id: str | None
    remaining: int


def subscribe(
    citizen_id: str, template: str, count: int, attempt: Attempt, now: datetime
) -> tuple[Subscribed, bool]:
    """Add consents, up to the most that are kept; tells whether the attempt had done so before.

    `template` is a subscription or the id of the platform's template for it. Raises InvalidRequest,
    IdempotencyKeyReused or TryAgain.
    """
    recipient = _recipient(citizen_id)
    known = template in SUBSCRIPTIONS
    name = template if known else channels.subscription_of(recipient.platform, template)
    if name is None:
        raise InvalidRequest(errors=[FieldError("/template", "unknown", _UNKNOWN)])

    def write() -> tuple[int, bool] | None:
        known = storage.list_consents(citizen_id)
        old = known.get(name, Consents())
        # A key that was used for another template is found there, and refused.
        if any(idempotency.already_applied(one.ledger, attempt) for one in known.values()):
            return old.remaining, True
        new = min(old.remaining + count, CONSENT_LIMIT)
        ledger = idempotency.note(old.ledger, attempt, now)
        return (new, False) if storage.add_consents(citizen_id, name, old, new, ledger) else None

    remaining, again = changes.until_stored(write)
    return _subscribed(recipient, name, remaining), again


def subscriptions(citizen_id: str) -> list[Subscribed]:
    """Return all that can be subscribed to, with what is left of each."""
    recipient, known = _recipient(citizen_id), storage.list_consents(citizen_id)
    return [
        _subscribed(recipient, name, known[name].remaining if name in known else 0)
        for name in SUBSCRIPTIONS
    ]


def _recipient(citizen_id: str) -> Channels:
    recipient = reach.channels(citizen_id)
    if recipient is None:
        raise NotFound
    return recipient


def _subscribed(recipient: Channels, name: str, remaining: int) -> Subscribed:
    registered = channels.registered(recipient.platform, name)
    return Subscribed(name, registered.template_id if registered else None, remaining)
