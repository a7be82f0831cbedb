"""The port to payment providers: what all adapters take and give, in our own words.

`start`, `cancel` and `refund` may be asked again with the same order: they carry our ids as the
provider's idempotency keys, and do nothing twice. A provider that does not answer raises
Unanswered: what happened is unknown, and is asked about later by `fetch`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from chalicelib.core.money import Money
from chalicelib.payments.domain.next_action import Action
from chalicelib.payments.domain.payments import Client, Method
from chalicelib.payments.domain.provider_state import ProviderState
from chalicelib.payments.domain.refunds import ProviderRefundState


class Unanswered(Exception):  # noqa: N818 - its name states the fact.
    """The provider did not answer, not in time, or not with sense: what it did is unknown."""


class NotNow(Unanswered):
    """The provider said no for what passes or is our own to mend; `reason` is its code.

    The same request is to be sent again later, with the same number.
    """

    def __init__(self, reason: str) -> None:
        """Keep the provider's code, never its message."""
        super().__init__(reason)
        self.reason = reason


class Refused(Exception):  # noqa: N818 - its name states the fact.
    """The provider said no, for good; `reason` is its code."""

    def __init__(self, reason: str) -> None:
        """Keep the provider's code, never its message."""
        super().__init__(reason)
        self.reason = reason


@contextmanager
def sense() -> Iterator[None]:
    """Take an answer that lacks what it should have for none; raises Unanswered."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Unanswered from error


class NotGenuine(Exception):  # noqa: N818 - its name states the fact.
    """A notification that the provider did not sign, or not within five minutes."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is told about a payment.

    `payer` is the person's account on its platform; `received` is what came, if anything did.
    """

    payment_id: str
    amount: Money
    method: Method
    client: Client
    title: str
    created_at: datetime
    expires_at: datetime
    reference: str | None = None
    payer: str | None = None
    refund_ids: tuple[str, ...] = ()
    received: Money | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """What a provider answered to a start."""

    reference: str | None
    action: Action


@dataclass(frozen=True, slots=True)
class Notification:
    """A genuine notification: it says only that something happened to one of its payments.

    `payment_id` or `reference` names the payment; neither where it is about none. `account` is
    the receiver's, where the notification says it. Raises ValueError for what is no event: an
    identity that is missing or is no text, a moment of no zone.
    """

    event_id: str
    type: str
    made_at: datetime
    payment_id: str | None = None
    reference: str | None = None
    account: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no event."""
        if not self.event_id or not self.type or self.made_at.utcoffset() is None:
            raise ValueError("an event has an id, a type and a moment")
        # Half of a pair of surrogates can stand in JSON, and nowhere else.
        texts = (self.event_id, self.type, self.payment_id, self.reference, self.account)
        "".join(filter(None, texts)).encode()


def required_text(message: Mapping[str, object], name: str) -> str:
    """Return a text of a message; raises ValueError where there is none, or an empty one."""
    text = optional_text(message, name)
    if text is None:
        raise ValueError("not a text")
    return text


def optional_text(message: Mapping[str, object], name: str) -> str | None:
    """Return a text of a message; None for an empty one, for anything else and for nothing."""
    value = message.get(name)
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a provider wants to hear once a notification was taken."""

    status: int
    body: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a provider's own list of a day.

    `payment_id` is empty where the line bears no number of ours; `reference`, the provider's own id
    of the payment, may name it then. `refund_id` is of money that went back: our number, or the
    provider's where it is not by us. A `returned` sum came back of a refund or a dispute; an
    `unreadable` line says only where it stands, in `reference`.
    """

    payment_id: str
    amount: Money
    refund_id: str | None = None
    reference: str = field(default="", compare=False)
    kind: Literal["", "chargeback", "returned", "unreadable"] = ""


class Provider(Protocol):
    """One payment provider."""

    name: str
    account: str | None
    taken: Acknowledgement

    def start(self, order: Order) -> Started:
        """Begin a payment; raises Unanswered or Refused."""

    def fetch(self, order: Order) -> ProviderState:
        """Tell what is true; raises Unanswered."""

    def cancel(self, order: Order) -> ProviderState:
        """Close a payment and tell what is true then; raises Unanswered."""

    def refund(self, order: Order, refund_id: str, amount: Money) -> ProviderRefundState:
        """Give back; raises Unanswered, NotNow, or Refused: then nothing goes back for sure."""

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, moments: Sequence[datetime]
    ) -> Notification:
        """Verify and read a notification; raises NotGenuine.

        `headers` have names in lower case; it must be fresh at one of the `moments`.
        """


@runtime_checkable
class Bookkeeper(Protocol):
    """A provider that lists what moved on a day, `lists_after` the day's end and later."""

    lists_after: timedelta

    def listed(self, day: date) -> Sequence[Listed]:
        """Return the day's movements; raises Unanswered."""
