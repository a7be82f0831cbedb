"""The demonstration data: real services and halls, staff for all halls, slots for 30 days."""

from collections.abc import Callable
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import wiring
from chalicelib.identity import staff
from functions import generate_slots

PASSWORD: Final = "onetrip-demo"  # noqa: S105 - the demonstration's, told in the README.
ROLES: Final = ("clerk", "supervisor", "auditor", "admin")


def load(progress: Callable[[int, int], None]) -> None:
    """Load all of it; loading it again completes what is missing. `progress` hears (done, all)."""
    catalogue.publish_demonstration()
    halls = frozenset(catalogue.current().offices)
    for role in ROLES:
        staff.add_staff(role, PASSWORD, frozenset({role}), halls)
    generate_slots.run(wiring.clock().now(), progress)
