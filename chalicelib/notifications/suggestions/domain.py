"""What is due for a person, from what they gave and were given only, and how often it is told.

Each rule reads the things of one account: certificates that it was given, birth dates in documents
that it gave, children of whom it said so, cases that were granted to it. Nothing is bought, asked
of another office, or guessed. Days are those of the offices' calendar.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from chalicelib.core.age import NEWBORN_FOR, birthday
from chalicelib.core.i18n import Text
from chalicelib.notifications.preferences.domain import SuggestionKind

# The holder is reminded 60 days before the end in any case.
_EARLY: Final = timedelta(days=90)
_REMINDED: Final = timedelta(days=60)
# Law on the Protection of the Rights and Interests of the Elderly, article 2: from 60 years on.
RIGHTS_BY_AGE: Final[Mapping[str, int]] = {"elder-card": 60}
_BEFORE_BIRTHDAY: Final = timedelta(days=30)
_AFTER_BIRTHDAY: Final = timedelta(days=365)
NEWBORN_STEPS: Final = ("birth-registration", "medical-remote-filing")
# What a case that was granted leads to for who has moved, in its order.
MOVE_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "property-transfer": ("residence-permit",),
    "residence-permit": ("housing-fund-rent-withdrawal", "medical-remote-filing"),
}
_MOVED_LATELY: Final = timedelta(days=180)
_BETWEEN: Final = timedelta(days=7)
_REMEMBERED: Final = timedelta(days=800)
# From what each kind is known, in words.
WHY: Final[Mapping[SuggestionKind, Text]] = {
    "certificate": Text(
        "我们看您“我的证照”里证照的有效期，提前三个月告诉您。",
        "From the last days of your certificates here; you are told three months before.",
    ),
    "age": Text(
        "我们看您实名信息和“我的家人”里您填写的证件号码中的出生日期。",
        "From the birth dates in your own document and in those of family that you added.",
    ),
    "newborn": Text(
        "我们看您在“我的家人”里添加的未满一岁的孩子，和您已申请的事项。",
        "From a child under one year that you added to your family, and what you applied for.",
    ),
    "move": Text(
        "我们看您半年内办成的居住证、不动产转移登记等事项。",
        "From what was granted to you within half a year: a residence permit, or a home.",
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """The account's own person, or one of its family for whom it may act, by the member's id."""

    member_id: str | None
    born: date | None
    added_on: date | None = None
    is_child: bool = False
    is_newborn: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate that is valid, and its last day."""

    certificate_id: str
    service_id: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Matter:
    """A case: for whom, since when, and the day on which it was granted."""

    case_id: str
    service_id: str
    member_id: str | None
    lodged_on: date
    granted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an account gave and was given."""

    people: tuple[Person, ...] = ()
    papers: tuple[Paper, ...] = ()
    matters: tuple[Matter, ...] = ()

    def has_asked(self, service_id: str, member_id: str | None, since: date = date.min) -> bool:
        """Tell whether somebody's case of a service was lodged from a day on."""
        return any(
            one.service_id == service_id and one.member_id == member_id and one.lodged_on >= since
            for one in self.matters
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service that is due for somebody, `because` of a thing by its id, on a day."""

    kind: SuggestionKind
    service_id: str
    because: str
    on: date
    member_id: str | None = None

    @property
    def key(self) -> str:
        """Return what it is told once by."""
        return f"{self.kind}/{self.service_id}/{self.because}"


@dataclass(frozen=True, slots=True)
class Told:
    """What an account was told before, by its key, and the last day on which it was."""

    days: Mapping[str, date] = field(default_factory=dict)
    last_on: date | None = None

    def is_time(self, today: date) -> bool:
        """Tell whether a week has passed since the last."""
        return self.last_on is None or today >= self.last_on + _BETWEEN

    def and_now(self, suggestion: Suggestion, today: date) -> "Told":
        """Return it with one more, without what is long past."""
        kept = {key: day for key, day in self.days.items() if day > today - _REMEMBERED}
        return replace(self, days={**kept, suggestion.key: today}, last_on=today)


def choose(
    known: Known,
    kinds: Collection[SuggestionKind],
    services: Collection[str],
    told: Told,
    today: date,
) -> Suggestion | None:
    """Return what to tell today: the first that is due, is wanted and offered, and is new."""
    if not told.is_time(today):
        return None
    return next(
        (
            one
            for one in due(known, today)
            if one.kind in kinds and one.service_id in services and one.key not in told.days
        ),
        None,
    )


def due(known: Known, today: date) -> Iterator[Suggestion]:
    """Yield all that is due, what cannot wait first."""
    yield from _newborn(known, today)
    yield from _ending(known, today)
    yield from _of_age(known, today)
    yield from _moved(known, today)


def _ending(known: Known, today: date) -> Iterator[Suggestion]:
    for paper in known.papers:
        until = paper.valid_until
        if until is None or not _REMINDED < until - today <= _EARLY:
            continue
        if not known.has_asked(paper.service_id, None, until - _EARLY):
            yield Suggestion("certificate", paper.service_id, paper.certificate_id, until)


def _of_age(known: Known, today: date) -> Iterator[Suggestion]:
    for service_id, years in RIGHTS_BY_AGE.items():
        for person in known.people:
            if person.born is None or known.has_asked(service_id, person.member_id):
                continue
            of_age = birthday(person.born, years)
            if of_age - _BEFORE_BIRTHDAY <= today <= of_age + _AFTER_BIRTHDAY:
                because = person.member_id or "self"
                yield Suggestion("age", service_id, because, of_age, person.member_id)


def _newborn(known: Known, today: date) -> Iterator[Suggestion]:
    for person in known.people:
        since = person.added_on if person.is_newborn else person.born
        is_lately = since is not None and since <= today < since + NEWBORN_FOR
        if not person.is_child or since is None or not is_lately:
            continue
        for service_id in NEWBORN_STEPS:
            asked = (known.has_asked(service_id, who, since) for who in (None, person.member_id))
            if not any(asked):
                because = person.member_id or ""
                yield Suggestion("newborn", service_id, because, since, person.member_id)


def _moved(known: Known, today: date) -> Iterator[Suggestion]:
    for matter in known.matters:
        granted = matter.granted_on
        if granted is None or not granted <= today < granted + _MOVED_LATELY:
            continue
        for service_id in MOVE_STEPS.get(matter.service_id, ()):
            if not known.has_asked(service_id, matter.member_id, matter.lodged_on):
                yield Suggestion("move", service_id, matter.case_id, granted, matter.member_id)
