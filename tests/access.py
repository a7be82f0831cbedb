"""What each room says of who may call its routes, and things that their paths name."""

from string import Formatter

from tests.anchors import access as access_of_anchors
from tests.appointments import access as access_of_appointments
from tests.assistant import access as access_of_assistant
from tests.cases import access as access_of_cases
from tests.catalogue import access as access_of_catalogue
from tests.certificates import access as access_of_certificates
from tests.core import access as access_of_core
from tests.deliveries import access as access_of_deliveries
from tests.enquiries import access as access_of_enquiries
from tests.identity import access as access_of_identity
from tests.mandates import access as access_of_mandates
from tests.notifications import access as access_of_notifications
from tests.opendata import access as access_of_opendata
from tests.payments import access as access_of_payments
from tests.registers import access as access_of_registers
from tests.subscribers import access as access_of_subscribers
from tests.supervision import access as access_of_supervision
from tests.support.client import ApiClient
from tests.support.people import Citizen

ROOMS = (
    access_of_core,
    access_of_anchors,
    access_of_identity,
    access_of_mandates,
    access_of_catalogue,
    access_of_supervision,
    access_of_appointments,
    access_of_cases,
    access_of_certificates,
    access_of_deliveries,
    access_of_payments,
    access_of_notifications,
    access_of_enquiries,
    access_of_assistant,
    access_of_opendata,
    access_of_registers,
    access_of_subscribers,
)


def values_of(path: str, client: ApiClient, owner: Citizen) -> dict[str, str]:
    """Return things of the owner that a path names; rooms build on those before them."""
    found: dict[str, str] = {}
    wanted = {name for _, name, _, _ in Formatter().parse(path) if name}
    for room in ROOMS:
        if wanted <= found.keys():
            break
        found |= room.things(client, owner)
    return found
