"""What people think of a visit: rated once, counted with the rating, its words sealed.

State, history and counts are one transaction: a crash, a lost answer or two at once leave one
rating. That a low one is asked about follows by its event.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib.appointments.domain.appointments import Appointment, check_ratable
from chalicelib.appointments.service import changes, lookup
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import office_time
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.plugins import registered
from chalicelib.core.ratings import Rating
from chalicelib.identity import service as identity


def rate(
    caller: Citizen, appointment_id: str, rating: Rating, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Rate a visit once, after it was kept; a visit of a case is rated by its case. Idempotent.

    Raises NotFound, RatedByCase, AlreadyRated, WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Appointment) -> Decided:
        check_ratable(old)
        (counting,) = registered("RATINGS_OF_VISITS")
        where = (old.service_id, old.slot.office_id)
        counted = counting(*where, f"{office_time(now):%Y%m%d}", rating)
        facts = {
            "service": old.service_id,
            "office": old.slot.office_id,
            **rating.facts(partial(_seal, appointment_id)),
        }
        new = replace(old, score=rating.score)
        return changes.decided(new, "appointment.rated", facts, Effects(rating=counted))

    author = Author.of(caller, now, attempt)
    return changes.apply(lambda: lookup.mine(caller.citizen_id, appointment_id), decide, author)


def open_words(appointment_id: str, sealed: str | None) -> str | None:
    """Open the words of a rating; None when there are none, or they were erased."""
    if sealed is None:
        return None
    try:
        key = identity.key_of(appointment_id[:CITIZEN_ID_LENGTH])
        return key.open(_what(appointment_id), sealed)
    except (NotFound, Unauthenticated, DecryptionError):
        return None


def _seal(appointment_id: str, words: str) -> str:
    key = identity.key_of(appointment_id[:CITIZEN_ID_LENGTH])
    return key.seal(_what(appointment_id), words)


def _what(appointment_id: str) -> str:
    return f"appointment/{appointment_id}/rating"
