"""Couriers' accounts as staff keep them, their secrets, and who of them is there."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import audit, history, idempotency, wiring
from chalicelib.core.auth import Staff
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import (
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    Problem,
    StaleVersion,
    TryAgain,
    WrongStatus,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.deliveries import destinations, signatures, storage
from chalicelib.deliveries.accounts import Courier, Health, Secret, State
from chalicelib.deliveries.domain import Direction
from chalicelib.deliveries.messages import Message, message_id

_TRIES: Final = 8
_KEPT_SECONDS: Final = 5
# So much at most does a guess at a name or a secret make us read.
_ANEW_SECONDS: Final = 1.0
_SYSTEM: Final = "system:send_courier_messages"


class CourierExists(Problem):
    """Another courier has this id."""

    status = 409
    code = "courier_exists"
    title = Text("该快递公司编号已存在", "There is a courier with this id already")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff say of a courier; None leaves a field as it is.

    `office_id` is said once, at the beginning: whose it is does not change.
    """

    name: str | None = None
    endpoint: str | None = None
    division_codes: tuple[str, ...] | None = None
    services: frozenset[Direction] | None = None
    office_id: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A courier after a change; `secret` is a fresh one, told this once."""

    courier: Courier
    again: bool = False
    secret: str | None = None


class _Known:
    """The couriers as this process saw them last, and their opened secrets."""

    def __init__(self) -> None:
        self._couriers: dict[str, Courier] = {}
        self._secrets: dict[tuple[str, int], dict[str, str]] = {}
        self._health: dict[str, Health] = {}
        self._read_at = self._health_read_at = -float(_KEPT_SECONDS)
        self._lock = threading.Lock()

    def all(self) -> dict[str, Courier]:
        if time.monotonic() - self._read_at >= _KEPT_SECONDS:
            with self._lock:
                began = time.monotonic()
                self._couriers = {c.courier_id: c for c in storage.load_couriers()}
                self._read_at = began
        return self._couriers

    def health(self) -> dict[str, Health]:
        if time.monotonic() - self._health_read_at >= _KEPT_SECONDS:
            self._health = storage.load_all_health()
            self._health_read_at = time.monotonic()
        return self._health

    def forget(self, older_than: float = 0.0) -> bool:
        old = time.monotonic() - self._read_at >= older_than
        if old:
            self._read_at = -float(_KEPT_SECONDS)
        return old

    def open(self, courier: Courier, secrets: Sequence[Secret]) -> list[str]:
        kept = self._secrets.get((courier.courier_id, courier.version))
        if kept is None:
            key = key_of(courier)
            kept = {s.sealed: key.open("secret", s.sealed) for s in courier.secrets}
            self._secrets = {
                **{k: v for k, v in self._secrets.items() if k[0] != courier.courier_id},
                (courier.courier_id, courier.version): kept,
            }
        return [kept[secret.sealed] for secret in secrets]


_known: Final = _Known()


def everyone() -> list[Courier]:
    """Return all couriers by id, as they were within the last five seconds."""
    return list(_known.all().values())


def find(courier_id: str) -> Courier:
    """Return a courier; raises NotFound."""
    found = _known.all().get(courier_id)
    if found is None and forget(_ANEW_SECONDS):
        found = _known.all().get(courier_id)
    if found is None:
        raise NotFound
    return found


def as_it_is(courier_id: str) -> Courier:
    """Return a courier as it is at this moment; raises NotFound."""
    found = storage.load_courier(courier_id)
    if found is None:
        raise NotFound
    return found


def seen_by(staff: Staff) -> list[Courier]:
    """Return the city's couriers and those of one's own halls."""
    return [c for c in everyone() if c.office_id is None or c.office_id in staff.office_ids]


def check_seen(staff: Staff, courier_id: str) -> None:
    """Raise NotFound for another hall's courier."""
    office_id = find(courier_id).office_id
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound


def check_keeps(staff: Staff, office_id: str | None) -> None:
    """Raise Forbidden for the city's, which only `admin` keeps, and NotFound for another hall's."""
    if office_id is None and "admin" not in staff.roles:
        raise Forbidden
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound


def name_of(courier_id: str | None) -> str | None:
    """Return what a courier is called."""
    found = _known.all().get(courier_id or "")
    return found.name if found else None


def health() -> dict[str, Health]:
    """Return what is known of all endpoints, as it was within the last five seconds."""
    return _known.health()


def forget(older_than: float = 0.0) -> bool:
    """Read the couriers anew the next time, unless that was done within so many seconds."""
    return _known.forget(older_than)


def live_secrets(courier: Courier, now: datetime) -> list[str]:
    """Return the secrets that hold now in clear, newest first."""
    return _known.open(courier, courier.live_secrets(now))


def key_of(courier: Courier) -> SubjectKey:
    """Return the key under which a courier's secrets and pings are sealed."""
    return wiring.vault().key_of(_subject(courier.courier_id), bytes.fromhex(courier.wrapped_key))


def create(  # noqa: PLR0913 - an account has these facts.
    courier_id: str,
    wanted: Wanted,
    actor: str,
    attempt: Attempt,
    now: datetime,
    secret: str | None = None,
) -> Made:
    """Make an account and its first secret; raises InvalidRequest or CourierExists."""
    _check(wanted)
    key, wrapped = wiring.vault().new_key(_subject(courier_id))
    secret = secret or signatures.new_secret()
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
        wanted.name or courier_id,
        wanted.endpoint or "",
        wanted.division_codes or (),
        wanted.services or frozenset(),
        wrapped.hex(),
        (Secret(key.seal("secret", secret)),),
        office_id=wanted.office_id,
        head=entry.head,
        ledger=idempotency.note((), attempt, now),
    )
    stored = storage.store_courier(courier, entry)
    _known.forget()
    if stored:
        return Made(courier, secret=secret)
    existing = find(courier_id)
    if idempotency.already_applied(existing.ledger, attempt):
        return Made(existing, again=True)
    raise CourierExists


def change(courier_id: str, wanted: Wanted, actor: str, attempt: Attempt, now: datetime) -> Made:
    """Change what is given; raises NotFound or InvalidRequest."""
    _check(wanted)

    def decide(old: Courier) -> Courier:
        return replace(
            old,
            name=wanted.name or old.name,
            endpoint=wanted.endpoint or old.endpoint,
            division_codes=wanted.division_codes or old.division_codes,
            services=wanted.services or old.services,
        )

    return _change(courier_id, "courier.changed", actor, attempt, now, decide)


def rotate_secret(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> Made:
    """Make a fresh secret; the one before holds for another 24 hours. Raises NotFound."""
    secret = signatures.new_secret()

    def decide(old: Courier) -> Courier:
        return old.rotated(key_of(old).seal("secret", secret), now)

    made = _change(courier_id, "courier.secret_rotated", actor, attempt, now, decide)
    return made if made.again else replace(made, secret=secret)


def pause(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> Made:
    """Give a courier nothing new and hold its messages back; raises NotFound or WrongStatus."""

    def decide(old: Courier) -> Courier:
        if old.state is State.DISABLED:
            raise WrongStatus(current=old.state)
        return replace(old, state=State.PAUSED)

    return _change(courier_id, "courier.paused", actor, attempt, now, decide)


def resume(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> Made:
    """Let a paused or disabled courier work again, its endpoint's past forgotten.

    Raises NotFound.
    """
    forgive(courier_id)
    return _change(
        courier_id,
        "courier.resumed",
        actor,
        attempt,
        now,
        lambda old: replace(old, state=State.ACTIVE),
    )


def ping(courier_id: str, actor: str, attempt: Attempt, now: datetime) -> Made:
    """Send a test message; what comes of it is seen among the messages. Raises NotFound."""
    return _change(
        courier_id,
        "courier.pinged",
        actor,
        attempt,
        now,
        lambda old: replace(old, pings=old.pings + 1),
        message=lambda new: _ping(new, now),
    )


def disable(courier_id: str, reason: str, now: datetime) -> None:
    """Send nothing more until staff resume it: the endpoint is gone or fails for days."""

    def decide(old: Courier) -> Courier:
        return replace(old, state=State.DISABLED)

    attempt = _own_attempt("disable", now)
    facts = {"reason": reason}
    _change(courier_id, "courier.disabled", _SYSTEM, attempt, now, decide, facts=facts)


def note(courier_id: str, type_: str, now: datetime) -> None:
    """Write into a courier's history what its endpoint does: courier.troubled or .recovered."""
    attempt = _own_attempt(type_, now)
    _change(courier_id, type_, _SYSTEM, attempt, now, lambda old: old, always=True)


def send_again(old: Message, actor: str, attempt: Attempt, now: datetime) -> tuple[Message, bool]:
    """Put a message into the queue again, from the beginning; tells whether this was replayed.

    Raises StaleVersion when it is being sent at this moment.
    """
    fresh = old.again(now)
    facts = {"message": old.message_id}
    made = _change(
        old.courier_id,
        "courier.message_replayed",
        actor,
        attempt,
        now,
        lambda courier: courier,
        facts=facts,
        message=lambda _: fresh,
        was=old,
        always=True,
    )
    return (old if made.again else fresh), made.again


def forgive(courier_id: str) -> None:
    """Forget that an endpoint did not answer, so that it is tried at once."""
    for _ in range(_TRIES):
        old = storage.load_health(courier_id)
        if storage.store_health(courier_id, old, Health(load=old.load)):
            return


def history_of(courier_id: str) -> audit.Kept | None:
    """Return the history of a courier's account, for auditors."""
    found = _known.all().get(courier_id)
    if found is None:
        return None
    _known.forget()
    return audit.Kept(tuple(storage.load_courier_entries(courier_id)), find(courier_id).head)


audit.sources.append(history_of)


def _change(  # noqa: PLR0913 - a change has these facts.
    courier_id: str,
    type_: str,
    actor: str,
    attempt: Attempt,
    now: datetime,
    decide: Callable[[Courier], Courier],
    *,
    facts: dict[str, str] | None = None,
    message: Callable[[Courier], Message] | None = None,
    was: Message | None = None,
    always: bool = False,
) -> Made:
    for _ in range(_TRIES):
        _known.forget()
        old = find(courier_id)
        if idempotency.already_applied(old.ledger, attempt):
            return Made(old, again=True)
        decided = decide(old)
        if decided == old and not always:
            return Made(old)
        sent = message(decided) if message else None
        data = {"courier": courier_id, "state": decided.state.value, **(facts or {})}
        if sent:
            data["message"] = sent.message_id
        entry = history.append(courier_id, old.head, type_=type_, at=now, actor=actor, data=data)
        ledger = idempotency.note(old.ledger, attempt, now)
        new = replace(decided, version=old.version + 1, head=entry.head, ledger=ledger)
        stored = storage.store_courier(new, entry, sent, was)
        _known.forget()
        if stored:
            return Made(new)
        if was and storage.load_message(was.subject, was.number) != was:
            raise StaleVersion(current=was.state)
    raise TryAgain(retry_after=1)


def _own_attempt(what: str, now: datetime) -> Attempt:
    return Attempt(derived_id(what, now.isoformat(), length=16), what)


def _ping(courier: Courier, now: datetime) -> Message:
    number = courier.pings
    sealed = key_of(courier).seal(
        message_id(courier.courier_id, number), json.dumps({"courier_id": courier.courier_id})
    )
    return Message(
        courier.courier_id, number, courier.courier_id, "delivery.ping", now, sealed, now
    )


def _check(wanted: Wanted) -> None:
    if wanted.endpoint is None:
        return
    try:
        destinations.check(wanted.endpoint)
    except destinations.Unsafe as error:
        detail = Text(f"回调地址不可用：{error}", f"The endpoint cannot be used: {error}")
        raise InvalidRequest(errors=[FieldError("/endpoint", "unsafe_endpoint", detail)]) from error


def _subject(courier_id: str) -> str:
    return f"courier:{courier_id}"
