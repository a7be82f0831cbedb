"""What an enquiry is about: whose it is, which hall's, and who of the staff handled it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.appointments.service import personal_data as appointments
from chalicelib.appointments.service import ratings as of_visits
from chalicelib.cases.service import encryption as of_cases
from chalicelib.cases.service import personal_data as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.core.audit import SubjectHistory
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.errors import NotFound, unknown
from chalicelib.deliveries.service import personal_data as deliveries
from chalicelib.enquiries.domain import Subject, SubjectType

_HISTORIES: Final[Mapping[SubjectType, Callable[[str], SubjectHistory | None]]] = {
    "case": cases.history_of,
    "appointment": appointments.history_of,
    "delivery": deliveries.history_of,
}
# (id, sealed) -> the words with which it was rated; None where they were erased.
_WORDS: Final[Mapping[SubjectType, Callable[[str, str | None], str | None]]] = {
    "case": of_cases.open_note,
    "appointment": of_visits.open_words,
}
_STAFF: Final = "staff:"
# Scores that ask for somebody to look into it.
LOW_SCORES: Final = frozenset({"1", "2"})


@dataclass(frozen=True, slots=True)
class About:
    """What a subject tells: its hall and service, who handled it, whether it was rated low."""

    office_id: str | None = None
    service_id: str | None = None
    handlers: frozenset[str] = frozenset()
    rated_low: bool = False


def about(caller: Citizen | Staff | None, subject: Subject | None) -> About:
    """Return what is known of a subject that the caller may speak of.

    Raises NotFound for what is not the citizen's, or not of the staff's halls, and InvalidRequest.
    """
    if subject is None:
        return About()
    if subject.type == "service":
        return About(service_id=_known(subject, catalogue.current().services))
    if subject.type == "office":
        return About(office_id=_known(subject, catalogue.current().offices))
    kept = _HISTORIES[subject.type](subject.id)
    if kept is None or not _may_name(caller, kept):
        raise NotFound
    return of_history(kept)


def of_history(kept: SubjectHistory) -> About:
    """Return what a thing's history tells."""
    actors = {entry.actor for entry in kept.entries if entry.actor.startswith(_STAFF)}
    services = [entry.data["service"] for entry in kept.entries if "service" in entry.data]
    scores = {entry.data.get("score") for entry in kept.entries if entry.type.endswith(".rated")}
    return About(
        kept.office_id,
        services[-1] if services else None,
        frozenset(actor.removeprefix(_STAFF) for actor in actors),
        not scores.isdisjoint(LOW_SCORES),
    )


def history_of(subject: Subject) -> SubjectHistory | None:
    """Return the history of a case, an appointment or a delivery."""
    return _HISTORIES[subject.type](subject.id) if subject.type in _HISTORIES else None


def open_words(subject: Subject, sealed: str | None) -> str | None:
    """Return the words with which a case or a visit was rated, unless they were erased."""
    return _WORDS[subject.type](subject.id, sealed)


def office_for(asked: str | None, known: About) -> str:
    """Return the hall that answers: the one that was asked, that of the subject, or of its service.

    What concerns no hall goes to the first of the catalogue, which passes it on. Raises
    InvalidRequest.
    """
    offices = catalogue.current().offices
    if asked is not None and asked not in offices:
        raise unknown("/office_id")
    own = asked or known.office_id
    if own:
        return own
    offering = catalogue.find_offices(None, known.service_id, None, 1).items
    return offering[0].office_id if offering else next(iter(offices))


def _may_name(caller: Citizen | Staff | None, kept: SubjectHistory) -> bool:
    if isinstance(caller, Citizen):
        return kept.citizen_id == caller.citizen_id
    return caller is not None and kept.office_id in caller.office_ids


def _known(subject: Subject, known: Mapping[str, object]) -> str:
    if subject.id not in known:
        raise unknown("/subject/id")
    return subject.id
