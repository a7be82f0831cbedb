"""Couriers' accounts, in the table of deliveries, whose keys stand at the head of that storage."""

from collections.abc import Sequence
from typing import Final, cast

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import TransactWriteError

from chalicelib.core import worker
from chalicelib.core.attributes import (
    ledger_of,
    optional_moment,
    optional_seconds,
    read_ledger,
)
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import Addition, failed_conditions, transaction
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.deliveries.storage._records import HistoryRecord, RoomRecord, entry_record
from chalicelib.webhooks.domain.account import AccountState, Secret

_COURIERS: Final = "K"


class _CourierRecord(RoomRecord):
    name = UnicodeAttribute()
    endpoint = UnicodeAttribute()
    division_codes = JSONAttribute()
    services = UnicodeSetAttribute()
    key = UnicodeAttribute()
    secrets = JSONAttribute()
    state = UnicodeAttribute()
    pings = NumberAttribute()
    office = UnicodeAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


def load_all() -> list[Courier]:
    """Return all couriers, by their ids."""
    records = _CourierRecord.query(
        _COURIERS, _CourierRecord.sk.startswith("K#"), consistent_read=True
    )
    return worker.readable("send_courier_messages", records, _courier, name=lambda one: one.sk)


def load(courier_id: str) -> Courier | None:
    """Return a courier."""
    try:
        return _courier(_CourierRecord.get(_COURIERS, f"K#{courier_id}", consistent_read=True))
    except _CourierRecord.DoesNotExist:
        return None


def store(courier: Courier, entry: Entry, also: Sequence[Addition] = ()) -> bool:
    """Keep a courier's next version with its entry, and what is kept `also` or not at all.

    False when another was faster.
    """
    is_next = _CourierRecord.version == courier.version - 1
    is_new = _CourierRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            record = _record(courier)
            write.save(record, condition=is_new if courier.version == 1 else is_next)
            write.save(entry_record(_COURIERS, entry))
            for add in also:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_entries(courier_id: str) -> list[Entry]:
    """Return the history of a courier's account."""
    return HistoryRecord.entries_of(_COURIERS, f"E#{courier_id}#")


def _record(courier: Courier) -> _CourierRecord:
    return _CourierRecord(
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


def _courier(record: _CourierRecord) -> Courier:
    version = int(record.version)
    return Courier(
        account_id=record.sk[2:],
        name=record.name,
        endpoint=record.endpoint,
        wrapped_key=record.key,
        secrets=tuple(Secret(s[0], optional_moment(s[1])) for s in record.secrets),
        state=AccountState(record.state),
        pings=int(record.pings),
        version=version,
        head=Head(version, record.hash),
        ledger=read_ledger(record.ledger),
        division_codes=tuple(record.division_codes),
        services=frozenset(cast("set[Direction]", record.services)),
        office_id=record.office,
    )
