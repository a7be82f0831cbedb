"""Short codes of a hall's day, each claimed by one appointment."""

from datetime import date, datetime, time, timedelta

from pynamodb.exceptions import PutError

from chalicelib.appointments.storage._records import ShortCodeRecord
from chalicelib.core.attributes import seconds
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.tables import condition_failed


def claim_short_code(office_id: str, day: date, code: str, appointment_id: str) -> bool:
    """Claim a code for an appointment; False when it is another's. Idempotent."""
    holder = holder_of_code(office_id, day, code)
    if holder is not None:
        return holder == appointment_id
    over = datetime.combine(day + timedelta(days=2), time(), OFFICE_ZONE)
    record = ShortCodeRecord(
        *_keys(office_id, day, code), appointment=appointment_id, tidy_at=seconds(over)
    )
    is_free = ShortCodeRecord.pk.does_not_exist()
    try:
        record.save(condition=is_free | (ShortCodeRecord.appointment == appointment_id))
    except PutError as error:
        condition_failed(error)
        return False
    return True


def holder_of_code(office_id: str, day: date, code: str) -> str | None:
    """Return the id of the appointment that has a code, if any has claimed it."""
    try:
        return ShortCodeRecord.get(*_keys(office_id, day, code)).appointment
    except ShortCodeRecord.DoesNotExist:
        return None


def _keys(office_id: str, day: date, code: str) -> tuple[str, str]:
    return f"K#{office_id}#{day:%Y%m%d}", code
