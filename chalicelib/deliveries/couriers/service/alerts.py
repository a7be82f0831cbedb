"""What halls are told of couriers' endpoints."""

from datetime import datetime

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.events import Event
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert
from chalicelib.webhooks.domain.account import AccountState


def tell_halls(event: Event, now: datetime) -> None:
    """Tell a courier's halls whether its endpoint answers; the courier itself says what is.

    Some halls at once: a courier of all halls is a province's, and other events wait behind.
    """
    courier = directory.find(event.subject)
    wrong = {
        "courier_not_answering": OUTBOX.load_health(courier.courier_id).troubled,
        "courier_disabled": courier.state is AccountState.DISABLED,
    }
    facts = {"courier": courier.courier_id}

    def tell(office_id: str) -> None:
        subject = f"{courier.courier_id}@{office_id}"
        for code, holds in wrong.items():
            if holds:
                alert = Alert(subject, code, "integrity", office_id, now, facts=facts)
                supervision.raise_alert(alert)
            else:
                supervision.clear_alert(subject, code, now)

    own = courier.office_id
    parallel.map_concurrently(tell, [own] if own else [*catalogue.current().offices])
