"""Seats of a slot that one service alone takes; those that are drawn come out after their draw."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.appointments.domain.slots import Slot
from chalicelib.appointments.draws.domain import schedule
from chalicelib.catalogue import service as catalogue


def usable(shards: Iterable[Slot], service_id: str | None, now: datetime) -> list[Slot]:
    """Return the shards of which people who come for a service can book; without one, of any."""
    return [one for one in shards if one.quota is None or _is_out(one, service_id, now)]


def _is_out(shard: Slot, service_id: str | None, now: datetime) -> bool:
    if service_id is None or shard.quota != service_id:
        return False
    group = catalogue.current().groups.get((shard.key.office_id, shard.key.category))
    quota = group.quota(service_id) if group else None
    if group is None or quota is None or quota.draw is None:
        return True
    return now >= schedule.covering(quota.draw, group.release.days_ahead, shard.key.day).over_at
