"""Every minute draws are announced, closed, drawn and given out, as their rules say."""

from datetime import datetime

from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain.draws import DrawStatus
from chalicelib.appointments.draws.providers import has_beacon
from chalicelib.appointments.draws.service import holding, settling
from chalicelib.core import worker


def hold_draws(now: datetime) -> None:
    """Announce the draws that the rules ask for, and do what is due with those that are there."""
    plans = holding.planned(now) if has_beacon() else []
    worker.each(
        holding.NAME, plans, lambda one: holding.announce(one, now), name=lambda one: one.draw_id
    )
    worker.each(holding.NAME, storage.list_due(now), lambda one: advance(one, now))


def advance(draw_id: str, now: datetime) -> None:
    """Do all that is due with a draw. Idempotent; raises ProviderUnavailable."""
    draw = holding.step(draw_id, now)
    if draw.status is DrawStatus.CLOSED:
        draw = holding.step(draw_id, now)
    if draw.status in (DrawStatus.DRAWN, DrawStatus.VOID):
        settling.settle(draw, now)
