"""Draws as everybody sees them."""

from collections.abc import Sequence

from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain import proof
from chalicelib.appointments.draws.domain.draws import Draw, DrawStatus
from chalicelib.appointments.draws.storage import ListedEntry
from chalicelib.catalogue import service as catalogue
from chalicelib.core.errors import NotFound


def existing(draw_id: str) -> Draw:
    """Return a draw; raises NotFound."""
    draw = storage.load(draw_id)
    if draw is None:
        raise NotFound
    return draw


def draws_of(service_id: str | None) -> list[Draw]:
    """Return the draws of a service, or of all that have a quota, the latest first."""
    if service_id:
        return storage.list_of(service_id)
    quotas = {q.service_id for group in catalogue.current().groups.values() for q in group.quotas}
    draws = [draw for one in sorted(quotas) for draw in storage.list_of(one)]
    return sorted(draws, key=lambda one: one.closes_at, reverse=True)


def listed(draw: Draw) -> list[ListedEntry]:
    """Return the list of a draw that is closed; of another none is shown."""
    return [] if draw.status is DrawStatus.OPEN else storage.list_entries(draw.draw_id)


def drawn_order(draw: Draw, entries: Sequence[ListedEntry]) -> list[str]:
    """Return the numbers in their drawn order; none before the seed is known."""
    if draw.disclosed is None or draw.root is None:
        return []
    seed = bytes.fromhex(draw.disclosed.seed)
    numbers = [one.listed.number for one in entries]
    return proof.order_of(seed, draw.root, draw.disclosed.beacon, numbers)
