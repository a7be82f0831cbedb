"""Parcels with their histories and what couriers reported of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.history import Entry, Head
from chalicelib.core.pagination import Page
from chalicelib.core.tables import (
    Addition,
    failed_conditions,
    load_in_order,
    page_of_keys,
    transaction,
)
from chalicelib.deliveries.domain.delivery import Delivery, Flag, TrackingEvent
from chalicelib.deliveries.domain.track import TROUBLES, WAY, DeliveryStatus, Track
from chalicelib.deliveries.storage._records import (
    DeliveryRecord,
    HistoryRecord,
    Queue,
    TrackingRecord,
    delivery_keys,
    entry_record,
    milliseconds,
    moment_of_ms,
    optional_moment_of_ms,
    optional_ms,
)

# Records hold places in this order: what is new goes to its end.
_STAGES: Final = (*WAY, *TROUBLES)
# Where those begin in a hall's lane that ended.
_ENDED: Final = "4#"


def load(delivery_id: str) -> Delivery | None:
    """Return a delivery."""
    try:
        return _delivery(DeliveryRecord.get(*delivery_keys(delivery_id), consistent_read=True))
    except DeliveryRecord.DoesNotExist:
        return None


def list_of(citizen_id: str) -> list[Delivery]:
    """Return a citizen's deliveries, in any order; one Query a MB."""
    own = DeliveryRecord.query(f"C#{citizen_id}", DeliveryRecord.sk.startswith("D#"))
    return [_delivery(record) for record in own]


def load_entries(delivery_id: str) -> list[Entry]:
    """Return the history of a delivery."""
    pk, _ = delivery_keys(delivery_id)
    return HistoryRecord.entries_of(pk, f"E#{delivery_id}#")


def load_events(delivery_id: str) -> list[TrackingEvent]:
    """Return what the courier reported, by when it happened."""
    pk, _ = delivery_keys(delivery_id)
    records = TrackingRecord.query(
        pk, TrackingRecord.sk.startswith(f"R#{delivery_id}#"), consistent_read=True
    )
    events = [
        TrackingEvent(
            record.sk.rpartition("#")[2],
            DeliveryStatus(record.status),
            moment_of_ms(record.occurred),
            moment_of_ms(record.received),
            record.sealed,
            bool(record.moved),
        )
        for record in records
    ]
    return sorted(events, key=lambda one: (one.occurred_at, one.received_at, one.event_id))


def event_exists(delivery_id: str, event_id: str) -> bool:
    """Tell whether a tracking event was kept before."""
    try:
        TrackingRecord.get(*_event_keys(delivery_id, event_id), consistent_read=True)
    except TrackingRecord.DoesNotExist:
        return False
    return True


def store(
    delivery: Delivery,
    entry: Entry,
    *,
    event: TrackingEvent | None = None,
    also: Sequence[Addition] = (),
) -> bool:
    """Keep a delivery's next version with its entry, the tracking event that changed it, and more.

    What is kept `also` is kept with it or not at all. False when the version before is not what is
    there, or the event was kept already.
    """
    is_next = DeliveryRecord.version == delivery.version - 1
    is_new = DeliveryRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            record = _record(delivery, datetime.fromisoformat(entry.at))
            write.save(record, condition=is_new if delivery.version == 1 else is_next)
            write.save(entry_record(delivery_keys(delivery.delivery_id)[0], entry))
            if event:
                is_new_event = TrackingRecord.pk.does_not_exist()
                write.save(_event_record(delivery.delivery_id, event), condition=is_new_event)
            for add in also:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def list_lane(office_id: str, position: str | None, limit: int) -> Page[Delivery]:
    """Return a hall's deliveries that need somebody or go on, those with a flag first."""
    span = Queue.turn.between("0", _ENDED)
    keys = page_of_keys(DeliveryRecord.queue, f"H#{office_id}", span, position, limit)
    return Page(tuple(load_in_order(DeliveryRecord, keys.items, _delivery)), keys.next_position)


def list_to_watch(office_id: str, now: datetime) -> list[str]:
    """Return the ids of a hall's deliveries whose time to be looked after has come."""
    records = DeliveryRecord.queue.query(
        f"H#{office_id}", Queue.turn.between("2#", f"2#{seconds(now):010}")
    )
    return [record.sk[2:] for record in records]


def list_recent(office_id: str, since: datetime, *, whole: bool) -> list[str]:
    """Return the ids of a hall's deliveries that ended or were flagged since a moment.

    `whole` adds all that go on or have a flag, of which the index does not know the last change.
    """
    spans = (("0", _ENDED),) if whole else ((f"1#{seconds(since):010}", "2"),)
    return [
        record.sk[2:]
        for first, last in (*spans, (f"{_ENDED}{seconds(since):010}", "5"))
        for record in DeliveryRecord.queue.query(f"H#{office_id}", Queue.turn.between(first, last))
    ]


def _event_keys(delivery_id: str, event_id: str) -> tuple[str, str]:
    return delivery_keys(delivery_id)[0], f"R#{delivery_id}#{event_id}"


def _delivery_lane(delivery: Delivery, at: datetime) -> tuple[str, str]:
    lane = f"H#{delivery.office_id}"
    if delivery.flag and delivery.flagged_at:
        return lane, f"1#{seconds(delivery.flagged_at):010}"
    if delivery.ended:
        return lane, f"{_ENDED}{seconds(at):010}"
    if delivery.watch_at:
        return lane, f"2#{seconds(delivery.watch_at):010}"
    return lane, f"3#{seconds(delivery.created_at):010}"


def _record(delivery: Delivery, at: datetime) -> DeliveryRecord:
    """Return a delivery as it is kept since `at`."""
    track, lane = delivery.track, _delivery_lane(delivery, at)
    number, numbered_at = delivery.tracking or (None, None)
    state = {
        "courier": delivery.courier_id,
        "released": delivery.released or None,
        "proof": delivery.proof_needed or None,
        "seen": {str(_STAGES.index(s)): milliseconds(at) for s, at in track.seen.items()} or None,
        "end": track.end,
        "ended_at": optional_ms(track.ended_at),
        "picked_up_at": optional_ms(delivery.picked_up_at),
        "number": number,
        "number_at": optional_ms(numbered_at),
        "flag": delivery.flag,
        "flagged_at": optional_ms(delivery.flagged_at),
        "watch_at": optional_ms(delivery.watch_at),
        "asked": delivery.asked or None,
        "messages": delivery.messages or None,
        "reports": delivery.events or None,
        "wrong_codes": delivery.wrong_codes or None,
    }
    return DeliveryRecord(
        *delivery_keys(delivery.delivery_id),
        case=delivery.case_id,
        office=delivery.office_id,
        service=delivery.service_id,
        direction=delivery.direction,
        sealed=delivery.sealed,
        area=delivery.area,
        created=seconds(delivery.created_at),
        state={name: value for name, value in state.items() if value is not None},
        version=delivery.version,
        hash=delivery.head.hash,
        ledger=ledger_of(delivery.ledger),
        lane=lane[0],
        turn=lane[1],
    )


def _seen(state: dict[str, Any]) -> dict[DeliveryStatus, datetime]:
    if "seen" in state:
        return {_STAGES[int(n)]: moment_of_ms(at) for n, at in state["seen"].items()}
    # Records of before had the furthest state and the last trouble only.
    seen = {WAY[state.get("rank", 0)]: state.get("rank_at")}
    if "trouble" in state:
        seen[DeliveryStatus(state["trouble"])] = state["trouble_at"]
    return {status: moment_of_ms(at) for status, at in seen.items() if at is not None}


def _delivery(record: DeliveryRecord) -> Delivery:
    state: dict[str, Any] = record.state
    number, version = state.get("number"), int(record.version)
    numbered_at = optional_moment_of_ms(state.get("number_at"))
    return Delivery(
        delivery_id=record.sk[2:],
        citizen_id=record.pk[2:],
        case_id=record.case,
        office_id=record.office,
        service_id=record.service,
        direction="to_office" if record.direction == "to_office" else "to_citizen",
        sealed=record.sealed,
        area=record.area,
        created_at=moment(record.created),
        courier_id=state.get("courier"),
        released=bool(state.get("released")),
        proof_needed=bool(state.get("proof")),
        track=Track(
            _seen(state),
            DeliveryStatus(state["end"]) if "end" in state else None,
            optional_moment_of_ms(state.get("ended_at")),
        ),
        picked_up_at=optional_moment_of_ms(state.get("picked_up_at")),
        tracking=(number, numbered_at) if number and numbered_at else None,
        flag=Flag(state["flag"]) if "flag" in state else None,
        flagged_at=optional_moment_of_ms(state.get("flagged_at")),
        watch_at=optional_moment_of_ms(state.get("watch_at")),
        asked=bool(state.get("asked")),
        messages=state.get("messages", 0),
        events=state.get("reports", 0),
        wrong_codes=state.get("wrong_codes", 0),
        version=version,
        head=Head(version, record.hash),
        ledger=read_ledger(record.ledger),
    )


def _event_record(delivery_id: str, event: TrackingEvent) -> TrackingRecord:
    return TrackingRecord(
        *_event_keys(delivery_id, event.event_id),
        status=event.status.value,
        occurred=milliseconds(event.occurred_at),
        received=milliseconds(event.received_at),
        sealed=event.sealed,
        moved=int(event.moved),
    )
