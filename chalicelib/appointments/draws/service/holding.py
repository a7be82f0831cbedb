"""A draw from its announcement to its result, step by step; each step is stored before the next.

1. Announced: the seed is made and kept sealed, its hash and the name of the beacon's value stand in
   the history before anybody can enter.
2. Closed: the gates are shut, and the hash of what came through and of the seats is stored, before
   anybody can know the beacon's value.
3. Drawn: the seed and the value are stored in clear. From here on all follows from what is public.
4. Settled (`settling`): everybody has what the draw gave them.

Each step follows from what is stored, so that a crash between any two leads to the same result. A
draw that cannot be proven any more, because its list or its seed came too late, is void.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.slots import Slot
from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain import draws, proof, schedule
from chalicelib.appointments.draws.domain.draws import Disclosed, Draw, DrawStatus, Sealed
from chalicelib.appointments.draws.domain.schedule import Window
from chalicelib.appointments.draws.providers import beacon
from chalicelib.appointments.draws.service import lookup, persons
from chalicelib.appointments.service import timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Group, Quota
from chalicelib.core import changes, dependencies, metrics
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.event_types import DrawEvent
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

NAME: Final = "hold_draws"
ACTOR: Final = "system:draws"
ALERT: Final = "draw_void"
_SEED_BYTES: Final = 32
_LOG: Final = logging.getLogger("onetrip.appointments")
_Decided = Decision[Draw, storage.Effects]
_Decide = Callable[[Draw], _Decided | None]


@dataclass(frozen=True, slots=True)
class Planned:
    """A draw that the rule of a quota asks for."""

    office_id: str
    group: Group
    quota: Quota
    window: Window

    @property
    def draw_id(self) -> str:
        """Return the id of the draw."""
        return schedule.draw_id(self.quota.service_id, self.office_id, self.window)


def planned(now: datetime) -> list[Planned]:
    """Return the draws that all rules ask for now."""
    return [
        Planned(office_id, group, quota, window)
        for (office_id, _), group in sorted(catalogue.current().groups.items())
        for quota in group.quotas
        if quota.draw
        for window in schedule.announced(quota.draw, group.release.days_ahead, now)
    ]


def announce(plan: Planned, now: datetime) -> None:
    """Make a draw with its sealed seed, unless it is there. Idempotent.

    Raises ProviderUnavailable.
    """
    if storage.load(plan.draw_id):
        return
    new = _new(plan, now)

    def decide(old: Draw) -> _Decided | None:
        if old.version:
            return None
        facts = {"commitment": new.commitment, "beacon_name": new.beacon_name}
        return _decided("draw.opened", new, facts)

    changes.apply(lambda: storage.load(plan.draw_id) or new, decide, storage.store_change, _by(now))


def step(draw_id: str, now: datetime) -> Draw:
    """Do the next step with a draw, and return it; the same one when nothing is due. Idempotent.

    Raises ProviderUnavailable while its value is not known.
    """
    draw = lookup.existing(draw_id)
    if draw.status in (DrawStatus.DRAWN, DrawStatus.VOID) or now < draw.closes_at:
        return draw
    if draw.is_late(now):
        return _void(draw, now)
    return _close(draw, now) if draw.status is DrawStatus.OPEN else _disclose(draw, now)


def shards_of(draw: Draw) -> dict[str, Slot]:
    """Return the shards of a draw's seats by their slots, in the order of time."""
    first, after = draw.days[0], draw.days[-1] + timedelta(days=1)
    stamps = f"{first:%Y%m%d}", f"{after:%Y%m%d}"
    there = appointments.load_slots(draw.office_id, draw.category, *stamps, consistent=True)
    mine = (one for one in there if one.quota == draw.service_id and not one.closed)
    return {one.key.slot_id: one for one in mine if one.key.day in draw.days}


def _new(plan: Planned, now: datetime) -> Draw:
    office, quota, window = catalogue.office(plan.office_id), plan.quota, plan.window
    slots = timetable.slots_of(office, plan.group, window.first, window.days)
    mine = [slot for slot in slots if slot.quota == quota.service_id]
    seed = secrets.token_bytes(_SEED_BYTES)
    key, wrapped = dependencies.vault().new_key(plan.draw_id)
    value = beacon().named(window.closes_at)
    return Draw(
        plan.draw_id,
        quota.service_id,
        plan.office_id,
        plan.group.category,
        tuple(sorted({slot.key.day for slot in mine})) or tuple(window.dates),
        sum(slot.capacity for slot in mine),
        # Nobody could enter before its hash was published.
        max(window.opens_at, now.replace(microsecond=0)),
        window.closes_at,
        proof.commitment_of(seed),
        Sealed(wrapped, key.seal("seed", seed.hex())),
        value.name,
        value.known_from,
    )


def _close(draw: Draw, now: datetime) -> Draw:
    persons.withdraw_lapsed(draw.draw_id, now)
    storage.close_gates(draw.draw_id)
    entries = [one.listed for one in storage.list_entries(draw.draw_id)]
    places = {slot_id: one.remaining for slot_id, one in shards_of(draw).items() if one.remaining}
    root = proof.root_of(entries, places)

    def decide(old: Draw) -> _Decided | None:
        if old.status is not DrawStatus.OPEN:
            return None
        new = draws.closed(old, len(entries), root, places)
        return _decided("draw.closed", new, {"root": root, "entries": str(len(entries))})

    return _change(draw, decide, now).new


def _disclose(draw: Draw, now: datetime) -> Draw:
    key = dependencies.vault().key_of(draw.draw_id, draw.sealed.key)
    disclosed = Disclosed(key.open("seed", draw.sealed.seed), beacon().value(draw.beacon_name), now)

    def decide(old: Draw) -> _Decided | None:
        if old.status is not DrawStatus.CLOSED:
            return None
        new = draws.drawn(old, disclosed)
        facts = {"seed": disclosed.seed, "beacon": disclosed.beacon}
        return _decided("draw.drawn", new, facts)

    return _change(draw, decide, now).new


def _void(draw: Draw, now: datetime) -> Draw:
    storage.close_gates(draw.draw_id)
    facts = {"service": draw.service_id}
    alert = Alert(draw.draw_id, ALERT, "integrity", draw.office_id, now, facts=facts)

    def decide(old: Draw) -> _Decided | None:
        if old.status in (DrawStatus.DRAWN, DrawStatus.VOID):
            return None
        also = (lambda write: supervision.write_raised(write, alert),)
        return _decided("draw.voided", draws.voided(old), {}, also)

    applied = _change(draw, decide, now)
    if applied.changed:
        _LOG.error("draw_voided", extra={"item": draw.draw_id})
        metrics.count(NAME, failed=1)
    return applied.new


def _change(draw: Draw, decide: _Decide, now: datetime) -> Applied[Draw]:
    return changes.apply(
        lambda: lookup.existing(draw.draw_id), decide, storage.store_change, _by(now)
    )


def _by(now: datetime) -> Author:
    return Author(ACTOR, now)


def _decided(
    type_: DrawEvent, new: Draw, facts: Mapping[str, str], also: storage.Effects = ()
) -> _Decided:
    about = {"service": new.service_id, "office": new.office_id, "status": new.status.value}
    return Decision(new, (DomainEvent(type_, {**about, **facts}),), also)
