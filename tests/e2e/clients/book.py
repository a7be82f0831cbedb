"""Book the first free time of a service with nothing but what the API's document says.

Arguments: the API's URL, the code of a demo log-in, the hall and the service. Writes the
appointment as one line of JSON.
"""

import json
import sys

from onetrip_client import AuthenticatedClient, Client
from onetrip_client.api.appointments import (
    appointments_availability,
    appointments_book,
    appointments_show,
)
from onetrip_client.api.identity import identity_log_in
from onetrip_client.models import (
    AppointmentView,
    Availability,
    Booking,
    CitizenTokens,
    Login,
    LoginPlatform,
    SlotViewState,
)


def book(url: str, code: str, office: str, service: str) -> AppointmentView:
    """Log in, look for a free time and take it; a second try with the same key takes no other."""
    anybody = Client(base_url=url)
    tokens = identity_log_in.sync(client=anybody, body=Login(LoginPlatform.DEMO, code))
    assert isinstance(tokens, CitizenTokens), tokens
    me = AuthenticatedClient(base_url=url, token=tokens.access_token)
    free = appointments_availability.sync(office, client=anybody, service_id=service, days=14)
    assert isinstance(free, Availability), free
    slots = [slot for day in free.days for slot in day.slots if slot.state is SlotViewState.OPEN]
    wanted = Booking(service_id=service, office_id=office, slot_id=slots[0].slot_id)
    booked = appointments_book.sync(client=me, body=wanted, idempotency_key=f"book-{code}")
    assert isinstance(booked, AppointmentView), booked
    again = appointments_book.sync(client=me, body=wanted, idempotency_key=f"book-{code}")
    assert again == booked
    shown = appointments_show.sync(booked.appointment_id, client=me)
    assert shown == booked
    return booked


if __name__ == "__main__":
    sys.stdout.write(json.dumps(book(*sys.argv[1:]).to_dict()))
