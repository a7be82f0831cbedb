"""Finding who stands at the desk without a pass: by short code, name or last digits.

Whose name is shown learns that staff looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.reception import Search
from chalicelib.appointments.service import lookup, short_codes
from chalicelib.appointments.service.board import Board, list_day, position_of
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.on_behalf import ActedBy
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.identity.service import visitors
from chalicelib.mandates import service as mandates

_PURPOSE: Final = "reception"
# More than a hall has seats in a day.
_ALL: Final = 100_000


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment, and who comes: name and phone in clear, who booked it, where looked for."""

    appointment: Appointment
    name: str | None = None
    phone: str | None = None
    acted_by: ActedBy | None = None


def search(  # noqa: PLR0913 - a page of a search has these facts.
    staff: Staff, board: Board, query: str, position: str | None, limit: int, now: datetime
) -> Page[Visit]:
    """Return a page of who is booked that day and is meant by the words; raises NotFound.

    Each access is recorded.
    """
    asked = Search(query)
    code = asked.short_code
    coded = short_codes.find(board.office_id, code, board.day) if code else None
    booked = list_day(staff, board, position, _ALL).items
    by_code = [one for one in booked if one.appointment_id == coded]
    known = {} if by_code else _known(booked)
    meant = by_code or [a for a in booked if asked.means(known.get(_visitor(a), {}))]
    shown = meant[:limit]
    more = position_of(shown[-1]) if len(meant) > limit else None
    return Page(tuple(_shown(staff, shown, known, now)), more)


def show(staff: Staff, appointment_id: str, now: datetime) -> Visit:
    """Return an appointment of the caller's halls, and who it is for; raises NotFound.

    The access is recorded.
    """
    appointment = lookup.of_hall(staff, appointment_id)
    return _shown(staff, [appointment], {}, now)[0]


def _shown(
    staff: Staff,
    appointments: Sequence[Appointment],
    known: Mapping[visitors.Visitor, Mapping[str, str]],
    now: datetime,
) -> list[Visit]:
    """Return the visits with names, having recorded that staff see them."""
    known = known or _known(appointments)

    def look(one: Appointment) -> Visit:
        clear = known.get(_visitor(one))
        if clear is None:
            return Visit(one)
        what = f"appointment:{one.appointment_id}"
        identity.record_access(
            one.citizen_id, staff, _PURPOSE, what, now, office_id=one.slot.office_id
        )
        acted_by = mandates.acted_by(one.citizen_id, one, now)
        return Visit(one, clear.get("name"), clear.get("phone"), acted_by)

    return parallel.map_concurrently(look, appointments)


def _known(appointments: Sequence[Appointment]) -> Mapping[visitors.Visitor, Mapping[str, str]]:
    return visitors.visitors_in_clear(_visitor(one) for one in appointments if not one.walk_in)


def _visitor(appointment: Appointment) -> visitors.Visitor:
    return appointment.citizen_id, appointment.for_member
