"""A person's accounts for tests: verified, and told of."""

from datetime import datetime

from chalicelib.core import dependencies, events
from chalicelib.core.auth import Staff
from chalicelib.identity import storage
from chalicelib.notifications import service as notifications
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen, new_code

NAME = "林晓"


def verify(client: ApiClient, me: Citizen, number: str, name: str = NAME) -> Answer:
    return client.put("/v1/me/identity", {"name": name, "id_number": number}, token=me.token)


def told(owner: Citizen, now: datetime) -> list[str]:
    """Return the kinds of notices about the account that its owner has."""
    for entry in storage.load_entries(owner.citizen_id):
        notifications.on_event(events.of_entry(entry), now)
    notices = notifications.inbox(owner.citizen_id, None, 20).items
    return [one.event for one in notices if one.event.startswith("account.")]


def city_staff(role: str) -> str:
    """Return the token of somebody new who works in all halls of the city."""
    who = Staff(f"{role}-{new_code()}", frozenset({role}), frozenset(), division_prefix="")
    return dependencies.tokens().issue(who, dependencies.clock().now())
