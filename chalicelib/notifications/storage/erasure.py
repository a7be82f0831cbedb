"""All that is kept about a citizen."""

from chalicelib.notifications.storage._records import RoomRecord


def erase(citizen_id: str) -> None:
    """Remove all that is kept about a citizen."""
    keys = [(r.pk, r.sk) for r in RoomRecord.query(f"C#{citizen_id}", consistent_read=True)]
    with RoomRecord.batch_write() as batch:
        for pk, sk in keys:
            batch.delete(RoomRecord(pk, sk))
