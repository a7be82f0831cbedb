"""Whether seats that are drawn are out for those who wait for what a draw left."""

from datetime import datetime

from chalicelib.appointments.domain.slots import Slot
from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain import schedule
from chalicelib.catalogue import service as catalogue
from chalicelib.core.cache import TimedCache

# What is settled stays so; what is not may be in a moment.
_settled = TimedCache[str, bool](lambda is_settled: 60.0 if is_settled else 0.0)


def is_out(shard: Slot, now: datetime) -> bool:
    """Tell whether a shard's seats can be offered: its draw is settled, or its time is over."""
    group = catalogue.current().groups.get((shard.key.office_id, shard.key.category))
    quota = group.quota(shard.quota) if group and shard.quota else None
    if group is None or quota is None or quota.draw is None:
        return True
    window = schedule.covering(quota.draw, group.release.days_ahead, shard.key.day)
    if now >= window.over_at or now < window.closes_at:
        return now >= window.closes_at
    name = schedule.draw_id(quota.service_id, shard.key.office_id, window)
    return _settled.load(name, lambda: _is_settled(name))


def _is_settled(draw_id: str) -> bool:
    draw = storage.load(draw_id)
    return draw is None or draw.settled
