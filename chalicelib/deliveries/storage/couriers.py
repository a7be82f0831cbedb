"""Couriers' accounts, and what is known of their endpoints."""

from typing import Any, Final, cast

from pynamodb.exceptions import TransactWriteError, UpdateError

from chalicelib.core.attributes import (
    ledger_of,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import condition_failed, failed_conditions, transaction
from chalicelib.deliveries import accounts
from chalicelib.deliveries.accounts import Courier, Health, Secret
from chalicelib.deliveries.domain import Direction
from chalicelib.deliveries.messages import Message
from chalicelib.deliveries.storage._records import (
    HEALTH,
    CourierRecord,
    HealthRecord,
    HistoryRecord,
    MessageRecord,
    entry_record,
)
from chalicelib.deliveries.storage.messages import is_as_seen, message_record

_COURIERS: Final = "K"


def load_couriers() -> list[Courier]:
    """Return all couriers, by their ids."""
    found = CourierRecord.query(_COURIERS, CourierRecord.sk.startswith("K#"), consistent_read=True)
    return [_courier(record) for record in found]


def load_courier(courier_id: str) -> Courier | None:
    """Return a courier."""
    try:
        return _courier(CourierRecord.get(_COURIERS, f"K#{courier_id}", consistent_read=True))
    except CourierRecord.DoesNotExist:
        return None


def store_courier(
    courier: Courier, entry: Entry, message: Message | None = None, was: Message | None = None
) -> bool:
    """Keep a courier's next version with its entry, and a message that is to be sent with it.

    `was` is the message as it was seen, when it is an old one. False when another was faster.
    """
    is_next = CourierRecord.version == courier.version - 1
    is_new = CourierRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            record = _courier_record(courier)
            write.save(record, condition=is_new if courier.version == 1 else is_next)
            write.save(entry_record(_COURIERS, entry))
            if message:
                as_seen = is_as_seen(was) if was else MessageRecord.pk.does_not_exist()
                write.save(message_record(message), condition=as_seen)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_courier_entries(courier_id: str) -> list[Entry]:
    """Return the history of a courier's account."""
    return HistoryRecord.entries_of(_COURIERS, f"E#{courier_id}#")


def load_all_health() -> dict[str, Health]:
    """Return what is known of every courier's endpoint."""
    return {
        r.sk[2:]: _health(r) for r in HealthRecord.query(HEALTH, HealthRecord.sk.startswith("H#"))
    }


def load_health(courier_id: str) -> Health:
    """Return what is known of a courier's endpoint."""
    try:
        return _health(HealthRecord.get(HEALTH, f"H#{courier_id}", consistent_read=True))
    except HealthRecord.DoesNotExist:
        return Health()


def store_health(courier_id: str, old: Health, new: Health) -> bool:
    """Keep what an attempt told about an endpoint; False when another told of one meanwhile."""
    record = HealthRecord(HEALTH, f"H#{courier_id}")
    is_as_seen = (
        HealthRecord.failures.does_not_exist() | (HealthRecord.failures == 0)
        if old.failures == 0
        else HealthRecord.failures == old.failures
    )
    times = (
        (HealthRecord.open_until, new.open_until),
        (HealthRecord.failing_since, new.failing_since),
        (HealthRecord.slow_until, new.slow_until),
    )
    actions: list[Any] = [HealthRecord.failures.set(new.failures)]
    actions += [
        column.set(seconds(moment)) if moment else column.remove() for column, moment in times
    ]
    try:
        record.update(actions, condition=is_as_seen)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _courier_record(courier: Courier) -> CourierRecord:
    return CourierRecord(
        _COURIERS,
        f"K#{courier.courier_id}",
        name=courier.name,
        endpoint=courier.endpoint,
        division_codes=list(courier.division_codes),
        services=set(courier.services),
        key=courier.wrapped_key,
        secrets=[[s.sealed, optional_seconds(s.until)] for s in courier.secrets],
        state=courier.state.value,
        pings=courier.pings,
        office=courier.office_id,
        version=courier.version,
        hash=courier.head.hash,
        ledger=ledger_of(courier.ledger),
    )


def _courier(record: CourierRecord) -> Courier:
    version = int(record.version)
    return Courier(
        record.sk[2:],
        record.name,
        record.endpoint,
        tuple(record.division_codes),
        frozenset(cast("set[Direction]", record.services)),
        record.key,
        tuple(Secret(s[0], optional_moment(s[1])) for s in record.secrets),
        accounts.State(record.state),
        int(record.pings),
        record.office,
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def _health(record: HealthRecord) -> Health:
    return Health(
        int(record.failures or 0),
        optional_moment(record.open_until),
        optional_moment(record.failing_since),
        optional_moment(record.slow_until),
        int(record.load or 0),
    )
