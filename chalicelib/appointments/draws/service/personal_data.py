"""What draws hold about a citizen: history, export and erasure."""

from datetime import datetime
from typing import Final

from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.service import persons
from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.identity.service import personal_data_requests


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of a draw or of an entry, for auditors of its hall."""
    if "." in subject_id:
        draw = storage.load(subject_id)
        entries = tuple(storage.load_entries(subject_id)) if draw else ()
        return audit.SubjectHistory(entries, draw.head, draw.office_id, None) if draw else None
    entry = storage.load_entry(subject_id)
    draw = storage.load(entry.draw_id) if entry else None
    if entry is None or draw is None:
        return None
    history = tuple(storage.load_history(subject_id))
    return audit.SubjectHistory(history, entry.head, draw.office_id, entry.citizen_id)


def export_data(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's entries as plain JSON values, for their export."""
    return [
        {
            "entry_id": one.entry_id,
            "draw_id": one.draw_id,
            "number": one.number,
            "preferences": list(one.preferences),
            "for_member": one.for_member,
            "entered_at": rfc3339(one.entered_at),
            "status": one.status.value,
            "rank": one.rank,
            "appointment_id": one.appointment_id,
        }
        for one in storage.entries_of(citizen_id)
    ]


def erase(citizen_id: str, _now: datetime) -> None:
    """Take a citizen out of the draws that are open, and forget whose numbers were theirs."""
    for entry in storage.entries_of(citizen_id):
        storage.forget(entry)


def end_all(citizen_id: str, _now: datetime) -> None:
    """Take somebody who died out of the draws that are not held yet. Idempotent."""
    for entry in persons.open_entries(citizen_id):
        storage.forget(entry)


PERSONAL_DATA: Final = personal_data_requests.Holder("draws", export_data, erase)
