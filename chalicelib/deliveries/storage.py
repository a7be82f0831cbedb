"""The table `deliveries`.

| what | pk | sk |
|---|---|---|
| a delivery | C#citizen | D#delivery |
| its history | C#citizen | E#delivery#seq |
| a report about it | C#citizen | R#delivery#report |
| a message about it | C#citizen | M#delivery#number |
| that an event was counted | C#citizen | X#delivery#seq |
| a courier | K | K#courier |
| its history | K | E#courier#seq |
| a ping to it | P#courier | M#courier#number |
| what its endpoint was like, its load | H | H#courier |
| figures of a month | Y#YYYYMM | DD#office#courier#area |

A delivery's id begins with its citizen's, so the partition follows from the id. The sparse index
`queue` has one lane for each courier's messages (waiting by when they are due, then failed, then
sent, both newest first) and one for each hall's deliveries (flagged by when, then those on the way
by when they are looked after, then those that wait for a result).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar, cast

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Applied, Ledger
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    EntryRecord,
    Index,
    Record,
    Table,
    condition_failed,
    failed_conditions,
    transaction,
)
from chalicelib.deliveries import accounts, messages
from chalicelib.deliveries.accounts import Courier, Health, Secret
from chalicelib.deliveries.domain import (
    COUNTS,
    DELIVERY_ID_LENGTH,
    Delivery,
    Direction,
    Figures,
    Flag,
    Noted,
    Status,
    Track,
)
from chalicelib.deliveries.messages import Attempted, Message

TABLE: Final = Table("deliveries", (Index("queue", "lane", "turn"),))
CITIZEN_ID_LENGTH: Final = 8
_COURIERS: Final = "K"
_HEALTH: Final = "H"
_LAST: Final = 9_999_999_999
T = TypeVar("T")
R = TypeVar("R", bound=Record)


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Queue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "queue"
        projection = KeysOnlyProjection()

    lane = UnicodeAttribute(hash_key=True)
    turn = UnicodeAttribute(range_key=True)


class _Entry(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Delivery(_Kept):
    case = UnicodeAttribute()
    office = UnicodeAttribute()
    service = UnicodeAttribute()
    direction = UnicodeAttribute()
    sealed = UnicodeAttribute()
    area = UnicodeAttribute()
    created = NumberAttribute()
    # What of the state is rarely empty stands by itself; the rest is one map of what there is.
    state = JSONAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()
    lane = UnicodeAttribute(null=True)
    turn = UnicodeAttribute(null=True)
    queue = _Queue()


class _Report(_Kept):
    status = UnicodeAttribute()
    occurred = NumberAttribute()
    received = NumberAttribute()
    sealed = UnicodeAttribute(null=True)
    moved = NumberAttribute()


class _Message(_Kept):
    courier = UnicodeAttribute()
    type = UnicodeAttribute()
    occurred = NumberAttribute()
    sealed = UnicodeAttribute()
    due = NumberAttribute()
    state = UnicodeAttribute()
    tries = NumberAttribute()
    attempts = JSONAttribute()
    settled = NumberAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    lane = UnicodeAttribute()
    turn = UnicodeAttribute()
    queue = _Queue()


class _Courier(_Kept):
    name = UnicodeAttribute()
    endpoint = UnicodeAttribute()
    division_codes = JSONAttribute()
    services = UnicodeSetAttribute()
    key = UnicodeAttribute()
    secrets = JSONAttribute()
    state = UnicodeAttribute()
    pings = NumberAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class _Health(_Kept):
    failures = NumberAttribute(default=0)
    open_until = NumberAttribute(null=True)
    failing_since = NumberAttribute(null=True)
    slow_until = NumberAttribute(null=True)
    load = NumberAttribute(default=0)


class _Counted(_Kept):
    tidy_at = NumberAttribute()


class _Figures(_Kept):
    requested = NumberAttribute(default=0)
    delivered = NumberAttribute(default=0)
    attempts_failed = NumberAttribute(default=0)
    returned = NumberAttribute(default=0)
    lost = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    seconds_to_door = NumberAttribute(default=0)
    seconds_on_the_way = NumberAttribute(default=0)


def load(delivery_id: str) -> Delivery | None:
    """Return a delivery."""
    try:
        return _delivery(_Delivery.get(*_delivery_keys(delivery_id), consistent_read=True))
    except _Delivery.DoesNotExist:
        return None


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[Delivery]:
    """Return a citizen's deliveries in the order of their ids."""
    first = f"{position}\x00" if position else "D#"
    found = list(
        _Delivery.query(f"C#{citizen_id}", _Delivery.sk.between(first, "D$"), limit=limit + 1)
    )
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(_delivery(record) for record in found[:limit]), more)


def load_entries(delivery_id: str) -> list[Entry]:
    """Return the history of a delivery."""
    pk, _ = _delivery_keys(delivery_id)
    found = _Entry.query(pk, _Entry.sk.startswith(f"E#{delivery_id}#"), consistent_read=True)
    return [record.to_entry() for record in found]


def load_reports(delivery_id: str) -> list[Noted]:
    """Return what the courier reported, by when it happened."""
    pk, _ = _delivery_keys(delivery_id)
    found = _Report.query(pk, _Report.sk.startswith(f"R#{delivery_id}#"), consistent_read=True)
    noted = [
        Noted(
            record.sk.rpartition("#")[2],
            Status(record.status),
            _moment_of(record.occurred),
            _moment_of(record.received),
            record.sealed,
            bool(record.moved),
        )
        for record in found
    ]
    return sorted(noted, key=lambda one: (one.occurred_at, one.received_at, one.report_id))


def report_exists(delivery_id: str, report_id: str) -> bool:
    """Tell whether a report was kept before."""
    try:
        _Report.get(*_report_keys(delivery_id, report_id), consistent_read=True)
    except _Report.DoesNotExist:
        return False
    return True


def store(
    delivery: Delivery,
    entry: Entry,
    *,
    sent: Sequence[Message] = (),
    noted: Noted | None = None,
) -> bool:
    """Keep a delivery's next version with its entry, and what goes out or came in with it.

    False when the version before is not what is there, or the report was kept already.
    """
    is_next = _Delivery.version == delivery.version - 1
    is_new = _Delivery.pk.does_not_exist()
    try:
        with transaction() as write:
            write.save(_record(delivery), condition=is_new if delivery.version == 1 else is_next)
            write.save(_entry(_delivery_keys(delivery.delivery_id)[0], entry))
            for message in sent:
                write.save(_message_record(message), condition=_Message.pk.does_not_exist())
            if noted:
                record = _report_record(delivery.delivery_id, noted)
                write.save(record, condition=_Report.pk.does_not_exist())
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def list_lane(office_id: str, position: str | None, limit: int) -> Page[Delivery]:
    """Return a hall's deliveries that need somebody or go on, those with a flag first."""
    keys = _turns(f"H#{office_id}", "0", position, limit)
    return Page(tuple(_load_in_order(_Delivery, keys.items, _delivery)), keys.next_position)


def list_to_watch(office_id: str, now: datetime, limit: int) -> list[str]:
    """Return the ids of a hall's deliveries whose time to be looked after has come."""
    found = _Delivery.queue.query(
        f"H#{office_id}", _Queue.turn.between("2#", f"2#{_seconds(now):010}"), limit=limit
    )
    return [record.sk[2:] for record in found]


def load_message(subject: str, number: int) -> Message | None:
    """Return a message."""
    try:
        return _message(_Message.get(*_message_keys(subject, number), consistent_read=True))
    except _Message.DoesNotExist:
        return None


def messages_of(subject: str) -> list[Message]:
    """Return all messages of a delivery, or all pings of a courier, in their order."""
    pk, _ = _message_keys(subject, 1)
    found = _Message.query(pk, _Message.sk.startswith(f"M#{subject}#"), consistent_read=True)
    return [_message(record) for record in found]


def list_messages(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages: those that wait, those that failed, those that were sent."""
    keys = _turns(f"M#{courier_id}", "0", position, limit)
    return Page(tuple(_load_in_order(_Message, keys.items, _message)), keys.next_position)


def list_due(courier_id: str, now: datetime, limit: int) -> dict[str, list[int]]:
    """Return a courier's messages that are due, the longest waiting first: numbers by subject."""
    until = f"1#{_seconds(now):010}"
    found = _Message.queue.query(f"M#{courier_id}", _Queue.turn.between("1#", until), limit=limit)
    due: dict[str, list[int]] = {}
    for record in found:
        _, subject, number = record.sk.split("#")
        due.setdefault(subject, []).append(int(number))
    return due


def next_due(courier_id: str) -> datetime | None:
    """Return when the next of a courier's waiting messages falls due."""
    found = _Message.queue.query(f"M#{courier_id}", _Queue.turn.between("1#", "2"), limit=1)
    return next((_moment(int(record.turn[2:])) for record in found), None)


def load_messages(subjects: Sequence[str]) -> list[Message]:
    """Return the first messages of these subjects."""
    keys = [_message_keys(subject, 1) for subject in subjects]
    return [_message(record) for record in _Message.batch_get(keys, consistent_read=True)]


def list_unsent(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages that wait or failed."""
    keys = _turns(f"M#{courier_id}", "0", position, limit, until="3")
    return Page(tuple(_load_in_order(_Message, keys.items, _message)), keys.next_position)


def lease_message(message: Message, lease: str, now: datetime) -> bool:
    """Take a waiting message for one attempt; False while another has it, or it was settled."""
    until = _seconds(now + messages.LEASE)
    is_free = _Message.leased_until.does_not_exist() | (_Message.leased_until <= _seconds(now))
    record = _Message(*_message_keys(message.subject, message.number))
    try:
        record.update(
            [_Message.lease.set(lease), _Message.leased_until.set(until)],
            condition=_as_seen(message) & is_free,
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def settle_message(message: Message, lease: str) -> bool:
    """Keep what an attempt brought; False when the lease ended and another has the message."""
    try:
        _message_record(message).save(condition=_Message.lease == lease)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def replace_message(old: Message, new: Message, now: datetime) -> bool:
    """Put a message back into the queue; False when it is not as seen, or just being sent."""
    is_free = _Message.leased_until.does_not_exist() | (_Message.leased_until <= _seconds(now))
    try:
        _message_record(new).save(condition=_as_seen(old) & is_free)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def load_couriers() -> list[Courier]:
    """Return all couriers, by their ids."""
    found = _Courier.query(_COURIERS, _Courier.sk.startswith("K#"), consistent_read=True)
    return [_courier(record) for record in found]


def store_courier(
    courier: Courier, entry: Entry, message: Message | None = None, was: Message | None = None
) -> bool:
    """Keep a courier's next version with its entry, and a message that is to be sent with it.

    `was` is the message as it was seen, when it is an old one. False when another was faster.
    """
    is_next = _Courier.version == courier.version - 1
    is_new = _Courier.pk.does_not_exist()
    try:
        with transaction() as write:
            record = _courier_record(courier)
            write.save(record, condition=is_new if courier.version == 1 else is_next)
            write.save(_entry(_COURIERS, entry))
            if message:
                as_seen = _as_seen(was) if was else _Message.pk.does_not_exist()
                write.save(_message_record(message), condition=as_seen)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_courier_entries(courier_id: str) -> list[Entry]:
    """Return the history of a courier's account."""
    found = _Entry.query(_COURIERS, _Entry.sk.startswith(f"E#{courier_id}#"), consistent_read=True)
    return [record.to_entry() for record in found]


def load_all_health() -> dict[str, Health]:
    """Return what is known of every courier's endpoint."""
    return {r.sk[2:]: _health(r) for r in _Health.query(_HEALTH, _Health.sk.startswith("H#"))}


def load_health(courier_id: str) -> Health:
    """Return what is known of a courier's endpoint."""
    try:
        return _health(_Health.get(_HEALTH, f"H#{courier_id}", consistent_read=True))
    except _Health.DoesNotExist:
        return Health()


def store_health(courier_id: str, old: Health, new: Health) -> bool:
    """Keep what an attempt told about an endpoint; False when another told of one meanwhile."""
    record = _Health(_HEALTH, f"H#{courier_id}")
    is_as_seen = (
        _Health.failures.does_not_exist() | (_Health.failures == 0)
        if old.failures == 0
        else _Health.failures == old.failures
    )
    times = (
        (_Health.open_until, new.open_until),
        (_Health.failing_since, new.failing_since),
        (_Health.slow_until, new.slow_until),
    )
    actions: list[Any] = [_Health.failures.set(new.failures)]
    actions += [
        column.set(_seconds(moment)) if moment else column.remove() for column, moment in times
    ]
    try:
        record.update(actions, condition=is_as_seen)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def count_once(
    delivery_id: str,
    seq: int,
    figures: Figures,
    load_of: Mapping[str, int],
    tidy_at: int,
) -> bool:
    """Add to a day's figures and couriers' loads, once an event; False when it was done."""
    pk, _ = _delivery_keys(delivery_id)
    marker = _Counted(pk, f"X#{delivery_id}#{seq:06}", tidy_at=tidy_at)
    try:
        with transaction() as write:
            write.save(marker, condition=_Counted.pk.does_not_exist())
            if figures.counts:
                record = _Figures(*_figures_keys(figures))
                added = [getattr(_Figures, name).add(by) for name, by in figures.counts.items()]
                write.update(record, added)
            for courier_id, by in load_of.items():
                write.update(_Health(_HEALTH, f"H#{courier_id}"), [_Health.load.add(by)])
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_figures(first: date, last: date) -> Iterator[Figures]:
    """Yield the rows of figures from `first` to `last`, both days included; one Query a month."""
    month = first.replace(day=1)
    while month <= last:
        begin = f"{first.day:02}" if month == first.replace(day=1) else "00"
        end = f"{last.day:02}$" if month == last.replace(day=1) else "99"
        pk = f"Y#{month:%Y%m}"
        for record in _Figures.query(pk, _Figures.sk.between(begin, end)):
            day, office_id, courier_id, area = record.sk.split("#")
            counts = {name: int(getattr(record, name) or 0) for name in COUNTS}
            yield Figures(month.replace(day=int(day)), office_id, courier_id, area, counts)
        month = (month + timedelta(days=31)).replace(day=1)


def _turns(
    lane: str, first: str, position: str | None, limit: int, until: str = "9"
) -> Page[tuple[str, str]]:
    """Return the keys of a page of a lane; a position is the last turn and keys that were seen."""
    start = json.loads(position) if position else None
    found = _Delivery.queue.query(
        lane,
        _Queue.turn.between(first, until),
        limit=limit,
        last_evaluated_key={name: {"S": value} for name, value in start.items()} if start else None,
    )
    items = tuple((record.pk, record.sk) for record in found)
    last = found.last_evaluated_key
    after = {name: value["S"] for name, value in last.items()} if last else None
    return Page(items, json.dumps(after, sort_keys=True) if after else None)


def _load_in_order(
    kind: type[R], keys: Sequence[tuple[str, str]], read: Callable[[R], T]
) -> Iterator[T]:
    found = {(record.pk, record.sk): record for record in kind.batch_get(list(keys))}
    return (read(found[key]) for key in keys if key in found)


def _delivery_keys(delivery_id: str) -> tuple[str, str]:
    return f"C#{delivery_id[:CITIZEN_ID_LENGTH]}", f"D#{delivery_id}"


def _report_keys(delivery_id: str, report_id: str) -> tuple[str, str]:
    return _delivery_keys(delivery_id)[0], f"R#{delivery_id}#{report_id}"


def _message_keys(subject: str, number: int) -> tuple[str, str]:
    # A courier's id is never as long as a delivery's.
    of_delivery = len(subject) == DELIVERY_ID_LENGTH
    pk = f"C#{subject[:CITIZEN_ID_LENGTH]}" if of_delivery else f"P#{subject}"
    return pk, f"M#{subject}#{number:06}"


def _figures_keys(figures: Figures) -> tuple[str, str]:
    day = figures.day
    row = f"{day:%d}#{figures.office_id}#{figures.courier_id}#{figures.area}"
    return f"Y#{day:%Y%m}", row


def _entry(pk: str, entry: Entry) -> _Entry:
    return _Entry(pk, f"E#{entry.subject}#{entry.seq:06}", **EntryRecord.keys_of(entry))


def _delivery_lane(delivery: Delivery) -> tuple[str | None, str | None]:
    lane = f"H#{delivery.office_id}"
    if delivery.flag and delivery.flagged_at:
        return lane, f"1#{_seconds(delivery.flagged_at):010}"
    if delivery.ended:
        return None, None
    if delivery.watch_at:
        return lane, f"2#{_seconds(delivery.watch_at):010}"
    return lane, f"3#{_seconds(delivery.created_at):010}"


def _as_seen(message: Message) -> Any:
    is_state = _Message.state == message.state.value
    is_due = _Message.due == _seconds(message.due_at)
    return is_state & is_due & (_Message.tries == message.tries)


def _message_turn(message: Message) -> str:
    if message.state is messages.State.WAITING:
        return f"1#{_seconds(message.due_at):010}"
    settled = _LAST - _seconds(message.settled_at or message.due_at)
    return f"{2 if message.state is messages.State.FAILED else 3}#{settled:010}"


def _record(delivery: Delivery) -> _Delivery:
    track, lane = delivery.track, _delivery_lane(delivery)
    number, numbered_at = delivery.tracking or (None, None)
    state = {
        "courier": delivery.courier_id,
        "released": delivery.released or None,
        "proof": delivery.proof_needed or None,
        "rank": track.rank or None,
        "rank_at": _optional_ms(track.rank_at),
        "trouble": track.trouble,
        "trouble_at": _optional_ms(track.trouble_at),
        "end": track.end,
        "ended_at": _optional_ms(track.ended_at),
        "picked_up_at": _optional_ms(delivery.picked_up_at),
        "number": number,
        "number_at": _optional_ms(numbered_at),
        "flag": delivery.flag,
        "flagged_at": _optional_ms(delivery.flagged_at),
        "watch_at": _optional_ms(delivery.watch_at),
        "asked": delivery.asked or None,
        "messages": delivery.messages or None,
        "reports": delivery.reports or None,
    }
    return _Delivery(
        *_delivery_keys(delivery.delivery_id),
        case=delivery.case_id,
        office=delivery.office_id,
        service=delivery.service_id,
        direction=delivery.direction,
        sealed=delivery.sealed,
        area=delivery.area,
        created=_seconds(delivery.created_at),
        state={name: value for name, value in state.items() if value is not None},
        version=delivery.version,
        hash=delivery.head.hash,
        ledger=_ledger(delivery.ledger),
        lane=lane[0],
        turn=lane[1],
    )


def _delivery(record: _Delivery) -> Delivery:
    state: dict[str, Any] = record.state
    number, version = state.get("number"), int(record.version)
    numbered_at = _optional_moment(state.get("number_at"))
    return Delivery(
        delivery_id=record.sk[2:],
        citizen_id=record.pk[2:],
        case_id=record.case,
        office_id=record.office,
        service_id=record.service,
        direction="to_office" if record.direction == "to_office" else "to_citizen",
        sealed=record.sealed,
        area=record.area,
        created_at=_moment(record.created),
        courier_id=state.get("courier"),
        released=bool(state.get("released")),
        proof_needed=bool(state.get("proof")),
        track=Track(
            state.get("rank", 0),
            _optional_moment(state.get("rank_at")),
            Status(state["trouble"]) if "trouble" in state else None,
            _optional_moment(state.get("trouble_at")),
            Status(state["end"]) if "end" in state else None,
            _optional_moment(state.get("ended_at")),
        ),
        picked_up_at=_optional_moment(state.get("picked_up_at")),
        tracking=(number, numbered_at) if number and numbered_at else None,
        flag=Flag(state["flag"]) if "flag" in state else None,
        flagged_at=_optional_moment(state.get("flagged_at")),
        watch_at=_optional_moment(state.get("watch_at")),
        asked=bool(state.get("asked")),
        messages=state.get("messages", 0),
        reports=state.get("reports", 0),
        version=version,
        head=Head(version, record.hash),
        ledger=_applied(record.ledger),
    )


def _report_record(delivery_id: str, noted: Noted) -> _Report:
    return _Report(
        *_report_keys(delivery_id, noted.report_id),
        status=noted.status.value,
        occurred=_milliseconds(noted.occurred_at),
        received=_milliseconds(noted.received_at),
        sealed=noted.sealed,
        moved=int(noted.moved),
    )


def _message_record(message: Message) -> _Message:
    return _Message(
        *_message_keys(message.subject, message.number),
        courier=message.courier_id,
        type=message.type,
        occurred=_seconds(message.occurred_at),
        sealed=message.sealed,
        due=_seconds(message.due_at),
        state=message.state.value,
        tries=message.tries,
        attempts=[[_seconds(a.at), a.status, a.answer, a.milliseconds] for a in message.attempts],
        settled=_seconds(message.settled_at) if message.settled_at else None,
        lane=f"M#{message.courier_id}",
        turn=_message_turn(message),
    )


def _message(record: _Message) -> Message:
    _, subject, number = record.sk.split("#")
    return Message(
        subject,
        int(number),
        record.courier,
        cast("messages.Type", record.type),
        _moment(record.occurred),
        record.sealed,
        _moment(record.due),
        messages.State(record.state),
        int(record.tries),
        tuple(Attempted(_moment(a[0]), a[1], a[2], a[3]) for a in record.attempts),
        _moment(record.settled) if record.settled else None,
    )


def _courier_record(courier: Courier) -> _Courier:
    return _Courier(
        _COURIERS,
        f"K#{courier.courier_id}",
        name=courier.name,
        endpoint=courier.endpoint,
        division_codes=list(courier.division_codes),
        services=set(courier.services),
        key=courier.wrapped_key,
        secrets=[[s.sealed, _seconds(s.until) if s.until else None] for s in courier.secrets],
        state=courier.state.value,
        pings=courier.pings,
        version=courier.version,
        hash=courier.head.hash,
        ledger=_ledger(courier.ledger),
    )


def _courier(record: _Courier) -> Courier:
    version = int(record.version)
    return Courier(
        record.sk[2:],
        record.name,
        record.endpoint,
        tuple(record.division_codes),
        frozenset(cast("set[Direction]", record.services)),
        record.key,
        tuple(Secret(s[0], _moment(s[1]) if s[1] else None) for s in record.secrets),
        accounts.State(record.state),
        int(record.pings),
        version,
        Head(version, record.hash),
        _applied(record.ledger),
    )


def _health(record: _Health) -> Health:
    return Health(
        int(record.failures or 0),
        _moment(record.open_until) if record.open_until else None,
        _moment(record.failing_since) if record.failing_since else None,
        _moment(record.slow_until) if record.slow_until else None,
        int(record.load or 0),
    )


def _ledger(ledger: Ledger) -> list[list[str | int]]:
    return [[a.key, a.fingerprint, a.at] for a in ledger]


def _applied(kept: list[Any]) -> Ledger:
    return tuple(Applied(*applied) for applied in kept)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _moment_of(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _optional_ms(moment: datetime | None) -> int | None:
    return _milliseconds(moment) if moment else None


def _optional_moment(milliseconds: int | None) -> datetime | None:
    return _moment_of(milliseconds) if milliseconds is not None else None
