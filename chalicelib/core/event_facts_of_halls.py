"""The facts of events about guides, appointments, draws and the waiting list (`event_facts`)."""

from typing import TypedDict


class AppointmentFacts(TypedDict, total=False):
    """Facts of an appointment: its state after the event, its slot, and where it is called to.

    `freed` is the slot that it has left for another; `note`, the words of a rating, is encrypted.
    """

    service: str
    office: str
    slot: str
    freed: str
    status: str
    ticket: str
    counter: str
    category: str
    scan: str
    override: str
    reason: str
    closure: str
    until: str
    payment_event: str
    case: str
    score: str
    note: str
    trips: str


class DrawFacts(TypedDict, total=False):
    """Facts of a draw, all of them public, and of an entry: its draw, and what it won."""

    service: str
    office: str
    commitment: str
    beacon_name: str
    entries: str
    root: str
    seed: str
    beacon: str
    draw: str
    status: str
    rank: str
    slot: str


class WaitingFacts(TypedDict, total=False):
    """Facts of a place on the waiting list: the slot that is offered, until a time (RFC 3339)."""

    service: str
    slot: str
    status: str
    until: str


class GuideFacts(TypedDict, total=False):
    """Facts of a service's draft: its sections, joined by commas; of a version, when it holds.

    `state` is the hash of the whole service with all that is scheduled.
    """

    service: str
    sections: str
    reason: str
    version: str
    effective_from: str
    state: str
    edited_by: str
    submitted_by: str


class DeviceFacts(TypedDict, total=False):
    """Facts of a device: the hall where it stands."""

    office: str
