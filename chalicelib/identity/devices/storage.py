"""The devices of halls with their histories, in the table of identity, whose keys stand there."""

from collections.abc import Sequence
from typing import Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.attributes import (
    ledger_of,
    optional_moment,
    optional_seconds,
    read_ledger,
)
from chalicelib.core.changes import Change
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import Addition, EntryRecord, failed_conditions, transaction
from chalicelib.identity.devices.domain import Device, DeviceStatus
from chalicelib.identity.storage._records import DeviceRecord, IdentityEntryRecord, get

_DEVICE: Final = "d#"


def load(office_id: str, device_id: str) -> Device | None:
    """Return a device."""
    found = get(DeviceRecord, _partition(office_id), f"{_DEVICE}{device_id}")
    return next(map(_device, found), None)


def list_of(office_id: str) -> list[Device]:
    """Return all devices of a hall, also those removed; one Query."""
    records = DeviceRecord.query(
        _partition(office_id), DeviceRecord.sk.startswith(_DEVICE), consistent_read=True
    )
    return [_device(record) for record in records]


def load_entries(office_id: str, device_id: str) -> list[Entry]:
    """Return the history of a device."""
    return IdentityEntryRecord.entries_of(_partition(office_id), f"E#{device_id}#")


def store(change: Change[Device, None], also: Sequence[Addition]) -> bool:
    """Keep a device's next version with its entries; False when another was faster."""
    old, new = change.old, change.new
    pk, version = _partition(new.office_id), DeviceRecord.version
    unchanged = version == old.version if old.version else version.does_not_exist()
    try:
        with transaction() as write:
            write.save(_record(new), condition=unchanged)
            for entry in change.entries:
                keys = pk, f"E#{new.device_id}#{entry.seq:06}"
                write.save(IdentityEntryRecord(*keys, **EntryRecord.keys_of(entry)))
            for add in (*also, *change.also):
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def _partition(office_id: str) -> str:
    return f"D#{office_id}"


def _record(device: Device) -> DeviceRecord:
    return DeviceRecord(
        _partition(device.office_id),
        f"{_DEVICE}{device.device_id}",
        label=device.name,
        state=device.status.value,
        code_until=optional_seconds(device.code_expires_at),
        announced_by=device.announced_by or None,
        paired=optional_seconds(device.paired_at),
        version=device.version,
        hash=device.head.hash,
        ledger=ledger_of(device.ledger),
    )


def _device(record: DeviceRecord) -> Device:
    version = int(record.version)
    return Device(
        record.pk[2:],
        record.sk.removeprefix(_DEVICE),
        record.label or "",
        DeviceStatus(record.state),
        optional_moment(record.code_until),
        optional_moment(record.paired),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
        record.announced_by or "",
    )
