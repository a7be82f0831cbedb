"""Whom a hall asked for a new time, by the time that they lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.storage._records import MoveRecord
from chalicelib.core.attributes import moment, optional_moment, seconds
from chalicelib.core.tables import condition_failed

_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody who was asked for a new time: when, and when and by whom they were telephoned."""

    appointment_id: str
    stamp: str
    told_at: datetime
    phoned_at: datetime | None
    phoned_by: str | None


def list_moves(office_id: str, first: str, last: str) -> list[Move]:
    """Return whom a hall asked for a new time, of times between two stamps, in order; one Query."""
    span = MoveRecord.sk.between(first, f"{last}~")
    return [_move(record) for record in MoveRecord.query(f"M#{office_id}", span)]


def write_move(write: TransactWrite, asked: Appointment, now: datetime) -> None:
    """Note that somebody is asked for a new time, in the change's own transaction."""
    tidy_at = seconds(asked.start + _KEPT)
    write.save(
        MoveRecord(*_keys(asked.slot, asked.appointment_id), told=seconds(now), tidy_at=tidy_at)
    )


def note_call(slot: SlotKey, appointment_id: str, by: str, now: datetime) -> bool:
    """Note that somebody was telephoned, the first time; False of whom the hall did not ask."""
    record = MoveRecord(*_keys(slot, appointment_id))
    try:
        record.update(
            [
                MoveRecord.phoned.set(MoveRecord.phoned | seconds(now)),
                MoveRecord.phoned_by.set(MoveRecord.phoned_by | by),
            ],
            condition=MoveRecord.pk.exists(),
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _keys(slot: SlotKey, appointment_id: str) -> tuple[str, str]:
    return f"M#{slot.office_id}", f"{slot.stamp}#{appointment_id}"


def _move(record: MoveRecord) -> Move:
    stamp, _, appointment_id = record.sk.partition("#")
    return Move(
        appointment_id,
        stamp,
        moment(record.told),
        optional_moment(record.phoned),
        record.phoned_by,
    )
