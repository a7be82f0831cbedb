"""Look-ups that stand for materials: checked when given, and asked again for the decision."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Case, CaseFile, Content, GivenLookup
from chalicelib.cases.domain.parts import Sight
from chalicelib.catalogue.domain import Service
from chalicelib.core import parallel
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.errors import FieldError, pointer
from chalicelib.core.i18n import Text
from chalicelib.registers import service as registers
from chalicelib.registers.domain import Answer, Lookup, LookupExpired
from chalicelib.registers.service import Shown

_EXPIRED: Final = Text(
    "核验结果已失效，请重新核验或上传文件", "This look-up is over; ask again, or give a file"
)
_WRONG: Final = Text("此项材料不接受该核验结果", "This is not the look-up that is asked for here")
_NOT_CONFIRMED: Final = Text(
    "登记部门未确认此项内容，请上传文件", "The register did not confirm this; give a file"
)


def ids_of(given: Iterable[GivenLookup]) -> frozenset[str]:
    """Return the ids of what is given."""
    return frozenset(one.lookup_id for one in given)


@dataclass(frozen=True, slots=True)
class About:
    """For which member of the family it is applied, None for oneself, and who that is by now."""

    member_id: str | None
    person: str | None

    def is_of(self, lookup: Lookup) -> bool:
        """Tell whether a look-up is about the applicant; a number may have been corrected since."""
        return (lookup.for_member, lookup.person) == (self.member_id, self.person)


def check(
    caller: Citizen, about: About, service: Service, content: Content, now: datetime
) -> list[FieldError]:
    """Return what is wrong with the look-ups given for an application, each at its material.

    Codes: lookup_expired, also where it is not one's own, or about another person;
    wrong_lookup for another service or register; lookup_not_confirmed.
    """
    accepted = {one.material_id: one.register_id for one in service.materials}
    given = [one for one in content.lookups if one.material_id in accepted]

    def wrong_with(one: GivenLookup) -> FieldError | None:
        where = pointer("materials", one.material_id)
        shown = registers.find_own(caller.citizen_id, one.lookup_id)
        if not (shown and shown.lookup.is_fresh(now) and about.is_of(shown.lookup)):
            return FieldError(where, "lookup_expired", _EXPIRED)
        asked = (shown.lookup.service_id, shown.lookup.register_id)
        if asked != (service.service_id, accepted[one.material_id]):
            return FieldError(where, "wrong_lookup", _WRONG)
        if shown.answer.outcome != "confirmed":
            return FieldError(where, "lookup_not_confirmed", _NOT_CONFIRMED)
        return None

    return [wrong for wrong in parallel.map_concurrently(wrong_with, given) if wrong]


def check_again(staff: Staff, case: Case, now: datetime) -> None:
    """Ask the registers again about what a case was given; raises LookupExpired.

    A register that is away holds no decision up.
    """

    def holds(lookup_id: str) -> bool:
        shown = registers.find_own(case.citizen_id, lookup_id)
        if shown is None:
            return False
        return registers.ask_again(shown, case.case_id, staff.actor, now).outcome == "confirmed"

    if not all(parallel.map_concurrently(holds, sorted(case.lookups))):
        raise LookupExpired(current=case.status)


def outcomes(
    citizen_id: str, given: Iterable[GivenLookup], ask: Callable[[Shown], Answer]
) -> Mapping[str, str]:
    """Return what registers say of look-ups by their materials; `ask` tells it of one.

    One that is nobody's is not found. Raises what `ask` raises.
    """
    pairs = list(given)

    def outcome(one: GivenLookup) -> str:
        found = registers.find_own(citizen_id, one.lookup_id)
        return ask(found).outcome if found else "not_found"

    said = parallel.map_concurrently(outcome, pairs)
    return {one.material_id: it for one, it in zip(pairs, said, strict=True)}


def shown(file: CaseFile, sight: Sight | None) -> tuple[Shown, ...]:
    """Return the look-ups that a case was given, as far as one sees them."""
    given = [
        one.lookup_id
        for one in file.body.lookups
        if sight is None or one.material_id in sight.materials
    ]
    found = parallel.map_concurrently(
        lambda id_: registers.find_own(file.case.citizen_id, id_), list(dict.fromkeys(given))
    )
    return tuple(one for one in found if one)
