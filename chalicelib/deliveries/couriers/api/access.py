"""Which members of staff see couriers, and which keep them."""

from typing import Final

from chalicelib.core import auth
from chalicelib.deliveries.couriers.service import directory

READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
KEEPERS: Final = auth.staff("supervisor", "admin")


def check_kept(staff: auth.Staff, courier_id: str) -> None:
    """Raise NotFound or Forbidden for a courier that is not one's own to keep."""
    directory.check_keeps(staff, directory.find(courier_id).office_id)
