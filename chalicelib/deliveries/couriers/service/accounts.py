"""Couriers' accounts as staff keep them: made, changed, paused, resumed, pinged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from chalicelib.core import audit, dependencies, history, idempotency
from chalicelib.core.changes import Author, Change, apply
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    Problem,
    StaleVersion,
    WrongStatus,
)
from chalicelib.core.event_types import CourierEvent
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.tables import Addition
from chalicelib.deliveries.couriers import storage
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.domain.account import AccountState, Secret
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.providers import egress
from chalicelib.webhooks.service import circuit_breaker, signing
from chalicelib.webhooks.service.sender import compose

_SYSTEM: Final = "system:send_courier_messages"


class CourierExists(Problem):
    """Another courier has this id."""

    status = 409
    code = "courier_exists"
    title = Text("该快递公司编号已存在", "There is a courier with this id already")


@dataclass(frozen=True, slots=True)
class CourierDetails:
    """What staff say of a courier; None leaves a field as it is.

    `office_id` is said once, at the beginning: whose it is does not change.
    """

    name: str | None = None
    endpoint: str | None = None
    division_codes: tuple[str, ...] | None = None
    services: frozenset[Direction] | None = None
    office_id: str | None = None


@dataclass(frozen=True, slots=True)
class CourierChanged:
    """A courier after a change; `secret` is a fresh one, told this once."""

    courier: Courier
    again: bool = False
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What becomes of an account, the entry that says so, and the message that is sent with it.

    `was` is that message as it was seen, when it is an old one; `always` writes an entry also where
    nothing changes.
    """

    type: CourierEvent
    decide: Callable[[Courier], Courier]
    facts: Mapping[str, str] = field(default_factory=dict)
    message: Callable[[Courier], Message] | None = None
    was: Message | None = None
    always: bool = False

    def decision(self, old: Courier) -> Decision[Courier, Message | None] | None:
        """Return what the change makes of an account; None for nothing."""
        new = self.decide(old)
        if new == old and not self.always:
            return None
        sent = self.message(new) if self.message else None
        data = {"courier": old.courier_id, "state": new.state.value, **self.facts}
        if sent:
            data["message"] = sent.message_id
        return Decision(new, (DomainEvent(self.type, data),), sent)


def create(  # noqa: PLR0913 - an account has these facts.
    courier_id: str,
    details: CourierDetails,
    actor: str,
    attempt: Attempt,
    now: datetime,
    secret: str | None = None,
) -> CourierChanged:
    """Make an account and its first secret; raises InvalidRequest or CourierExists."""
    _check(details)
    key, wrapped = dependencies.vault().new_key(directory.subject_of(courier_id))
    secret = secret or signing.new_secret()
    entry = history.append(
        courier_id,
        history.Head(),
        type_="courier.created",
        at=now,
        actor=actor,
        data={"courier": courier_id},
    )
    courier = Courier(
        courier_id,
        details.name or courier_id,
        details.endpoint or "",
        details.division_codes or (),
        details.services or frozenset(),
        wrapped.hex(),
        (Secret(key.seal("secret", secret)),),
        office_id=details.office_id,
        head=entry.head,
        ledger=idempotency.note((), attempt, now),
    )
    stored = storage.store(courier, entry)
    directory.forget()
    if stored:
        return CourierChanged(courier, secret=secret)
    existing = directory.find(courier_id)
    if idempotency.already_applied(existing.ledger, attempt):
        return CourierChanged(existing, again=True)
    raise CourierExists


def change(
    courier_id: str, details: CourierDetails, actor: str, attempt: Attempt, now: datetime
) -> CourierChanged:
    """Change what is given; raises NotFound or InvalidRequest."""
    _check(details)

    def decide(old: Courier) -> Courier:
        return replace(
            old,
            name=details.name or old.name,
            endpoint=details.endpoint or old.endpoint,
            division_codes=details.division_codes or old.division_codes,
            services=details.services or old.services,
        )

    return append(courier_id, AccountChange("courier.changed", decide), Author(actor, now, attempt))


def rotate_secret(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> CourierChanged:
    """Make a fresh secret; the one before holds for another 24 hours. Raises NotFound."""
    secret = signing.new_secret()

    def decide(old: Courier) -> Courier:
        return old.rotated(directory.key_of(old).seal("secret", secret), now)

    changed = append(
        courier_id, AccountChange("courier.secret_rotated", decide), Author(actor, now, attempt)
    )
    return changed if changed.again else replace(changed, secret=secret)


def pause(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> CourierChanged:
    """Give a courier nothing new and hold its messages back; raises NotFound or WrongStatus."""

    def decide(old: Courier) -> Courier:
        if old.state is AccountState.DISABLED:
            raise WrongStatus(current=old.state)
        return replace(old, state=AccountState.PAUSED)

    return append(courier_id, AccountChange("courier.paused", decide), Author(actor, now, attempt))


def resume(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> CourierChanged:
    """Let a paused or disabled courier work again, its endpoint's past forgotten.

    Raises NotFound.
    """
    circuit_breaker.reset(OUTBOX, courier_id)
    change = AccountChange("courier.resumed", lambda old: replace(old, state=AccountState.ACTIVE))
    return append(courier_id, change, Author(actor, now, attempt))


def ping(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> CourierChanged:
    """Send a test message; what comes of it is seen among the messages. Raises NotFound."""
    change = AccountChange(
        "courier.pinged",
        lambda old: replace(old, pings=old.pings + 1),
        message=lambda new: _ping(new, now),
    )
    return append(courier_id, change, Author(actor, now, attempt))


def disable(courier_id: str, reason: str, now: datetime) -> None:
    """Send nothing more until staff resume it: the endpoint is gone or fails for days."""

    def decide(old: Courier) -> Courier:
        return replace(old, state=AccountState.DISABLED)

    attempt = _own_attempt("disable", now)
    facts = {"reason": reason}
    change = AccountChange("courier.disabled", decide, facts)
    append(courier_id, change, Author(_SYSTEM, now, attempt))


def note_health(courier_id: str, *, troubled: bool, now: datetime) -> None:
    """Write into a courier's history that its endpoint does not answer, or answers again."""
    type_: CourierEvent = "courier.troubled" if troubled else "courier.recovered"
    attempt = _own_attempt(type_, now)
    change = AccountChange(type_, lambda old: old, always=True)
    append(courier_id, change, Author(_SYSTEM, now, attempt))


def history_of(courier_id: str) -> audit.SubjectHistory | None:
    """Return the history of a courier's account, for auditors."""
    if all(courier.courier_id != courier_id for courier in directory.everyone()):
        return None
    directory.forget()
    return audit.SubjectHistory(
        tuple(storage.load_entries(courier_id)), directory.find(courier_id).head
    )


def append(courier_id: str, change: AccountChange, author: Author) -> CourierChanged:
    """Change an account and write it into its history, with a message that is sent because of it.

    Raises NotFound, TryAgain, or StaleVersion when a message that is sent again is being sent now.
    """

    def load() -> Courier:
        directory.forget()
        return directory.find(courier_id)

    def store(write: Change[Courier, Message | None]) -> bool:
        is_stored = storage.store(write.new, write.entries[0], _queued(write.effects, change.was))
        directory.forget()
        if not is_stored and _is_being_sent(change.was, write.effects):
            raise StaleVersion(current=change.was.state if change.was else None)
        return is_stored

    applied = apply(load, change.decision, store, author)
    return CourierChanged(applied.new, again=applied.replayed)


def _is_being_sent(was: Message | None, fresh: Message | None) -> bool:
    return was is not None and OUTBOX.load(was.subject, was.number) not in (was, fresh)


def _queued(sent: Message | None, was: Message | None) -> list[Addition]:
    if sent is None:
        return []
    return [OUTBOX.requeue(was, sent) if was else OUTBOX.enqueue([sent])]


def _own_attempt(what: str, now: datetime) -> Attempt:
    return Attempt(derived_id(what, now.isoformat(), length=16), what)


def _ping(courier: Courier, now: datetime) -> Message:
    courier_id, key = courier.courier_id, directory.key_of(courier)
    data = {"courier_id": courier_id}
    return compose(courier_id, courier.pings, courier_id, "delivery.ping", data, key, now)


def _check(details: CourierDetails) -> None:
    if details.endpoint is None:
        return
    try:
        egress.check(details.endpoint)
    except egress.EgressDenied as error:
        detail = Text(f"回调地址不可用：{error}", f"The endpoint cannot be used: {error}")
        raise InvalidRequest(errors=[FieldError("/endpoint", "unsafe_endpoint", detail)]) from error
