"""The switches of services' machines: off at once, on by two persons, off by disagreement.

A disagreement counts once for each case, by its event; the switch, its history and the alert are
one write. A process that stops before it has changed nothing, and the event comes again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import machine as switch
from chalicelib.cases.domain.machine import Machine
from chalicelib.cases.service import staff_scope
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service
from chalicelib.core import audit, changes
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.event_types import MachineEvent
from chalicelib.core.events import Event
from chalicelib.supervision.domain import Alert

_ACTOR: Final = "system:follow_up"
_PREFIX: Final = switch.subject_of("")
_Decided = Decision[Machine, Alert | None]


def machines() -> list[Machine]:
    """Return the switches of all services that have rules, in the catalogue's order."""
    services = catalogue.current().services.values()
    return [storage.load_machine(one.service_id) for one in services if one.ruleset]


def set_enabled(
    staff: Staff, service_id: str, *, enabled: bool, reason: str, now: datetime
) -> Machine:
    """Switch a service's machine off, or give one's word for switching it on. Idempotent.

    Raises NotFound where no rules are, Forbidden for whose department neither decides nor leads, or
    SecondPersonNeeded.
    """
    service = _with_rules(service_id)
    if not staff_scope.handles_whole(staff, service_id):
        raise Forbidden

    def decide(old: Machine) -> _Decided | None:
        # Off once more takes back the word of somebody who wants it on.
        if old.enabled == enabled and (enabled or old.asked is None):
            return None
        facts = {"service": service.service_id, "reason": reason}
        type_: MachineEvent = "machine.switched_off"
        if not enabled:
            return Decision(switch.switched_off(old), (DomainEvent(type_, facts),), None)
        new = switch.switched_on(old, staff.word("on", now.replace(microsecond=0), reason))
        type_ = "machine.switched_on" if new.enabled else "machine.on_asked"
        return Decision(new, (DomainEvent(type_, facts),), None)

    return _change(service_id, decide, Author(staff.actor, now))


def note_disagreement(event: Event, now: datetime) -> None:
    """Count that a person did not agree; one too many switches the machine off. Idempotent."""
    if not _is_new(event):
        return
    service_id = event.data["service"]

    def decide(old: Machine) -> _Decided | None:
        new = switch.disagreed(old, event.subject, event.moment)
        facts = {"service": service_id, "case": event.subject}
        events = [DomainEvent("machine.disagreed", facts)]
        alert = None
        if old.enabled and not new.enabled:
            events.append(DomainEvent("machine.switched_off", facts))
            number = {"service": service_id, "disagreements": str(len(new.disagreements))}
            alert = Alert(old.subject_id, switch.SWITCHED_OFF, "integrity", None, now, facts=number)
        return Decision(new, tuple(events), alert)

    _change(service_id, decide, Author(_ACTOR, now), done=lambda: not _is_new(event))


def is_disagreement_noted(event: Event) -> bool:
    """Tell whether nothing is left to be counted of a person's word on a decision."""
    return not _is_new(event)


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of a switch, for auditors of the whole city."""
    if not subject_id.startswith(_PREFIX):
        return None
    service_id = subject_id.removeprefix(_PREFIX)
    head = storage.load_machine(service_id).head
    # A service that is taken out of the catalogue leaves its history behind.
    if not head.seq and service_id not in catalogue.current().services:
        return None
    return audit.SubjectHistory(tuple(storage.load_machine_entries(service_id)), head)


def _is_new(event: Event) -> bool:
    """Tell whether an event is a disagreement that the switch has not counted."""
    if event.data.get("verdict") != "disagreed":
        return False
    entries = storage.load_machine_entries(event.data["service"])
    counted = (one for one in entries if one.type == "machine.disagreed")
    return all(one.data["case"] != event.subject for one in counted)


def _change(
    service_id: str,
    decide: Callable[[Machine], _Decided | None],
    author: Author,
    done: Callable[[], bool] | None = None,
) -> Machine:
    def load() -> Machine:
        return storage.load_machine(service_id)

    return changes.apply(load, decide, storage.store_machine, author, done=done).new


def _with_rules(service_id: str) -> Service:
    service = catalogue.service(service_id)
    if service.ruleset is None:
        raise NotFound
    return service
