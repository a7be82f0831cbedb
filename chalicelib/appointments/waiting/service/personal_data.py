"""What the waiting list holds about a citizen: history and export."""

from typing import Final

from chalicelib.appointments.waiting import storage
from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.identity.service import personal_data_requests


def history_of(entry_id: str) -> audit.SubjectHistory | None:
    """Return an entry's history, for auditors of its first hall."""
    entry = storage.load(entry_id)
    if entry is None:
        return None
    hall = entry.wish.office_ids[0]
    return audit.SubjectHistory(
        tuple(storage.load_entries(entry_id)), entry.head, hall, entry.citizen_id
    )


def export_data(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's entries as plain JSON values, for their export."""
    return [
        {
            "entry_id": one.entry_id,
            "service_id": one.wish.service_id,
            "office_ids": list(one.wish.office_ids),
            "from": str(one.wish.first),
            "until": str(one.wish.last),
            "status": one.status.value,
            "for_member": one.for_member,
            "since": rfc3339(one.since),
        }
        for one in storage.list_of(citizen_id)
    ]


# The room gives up the places with the appointments of who leaves.
PERSONAL_DATA: Final = personal_data_requests.Holder("waiting_list", export_data)
