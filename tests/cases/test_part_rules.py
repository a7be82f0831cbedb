"""The rules of parts, as plain functions: whatever the order of acts, the same comes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases.domain import (
    Case,
    CasePart,
    CaseStatus,
    PartStatus,
    PartStep,
    alerts,
    deadlines,
    parts,
)
from chalicelib.cases.domain.parts import Rules, Sight
from chalicelib.catalogue.domain import Part, Service, parse_office
from chalicelib.catalogue.domain.parts import longest_chain
from tests.catalogue.world import service

NOW = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
LATE = NOW + timedelta(days=90)
SECOND = timedelta(seconds=1)
OFFICE = parse_office(
    {
        "id": "hall", "division_code": "330200", "latitude": 0, "longitude": 0, "counters": {},
        "name": {"zh-CN": "厅", "en": "Hall"}, "division": {"zh-CN": "市", "en": "City"},
    },
    {"weekdays": [["09:00", "17:00"]], "saturday": []},
)  # fmt: skip


def part(name: str, days: int = 1, **more: Any) -> dict[str, Any]:
    words = {"zh-CN": name, "en": name}
    department = {"id": f"of-{name}", "name": words}
    facts = {"fields": [name], "materials": [f"paper-{name}"], "promised_working_days": days}
    return {"id": name, "name": words, "department": department, **facts, **more}


def matter(*given: dict[str, Any], **more: Any) -> Service:
    """Return a service with parts, each with a field and a paper of its own."""
    facts: dict[str, Any] = {
        "department": given[0]["department"],
        "form": {"properties": {one["fields"][0]: {} for one in given}},
        "parts": given,
        "promised_working_days": 2,
    }
    return service([(one["materials"][0], False) for one in given], **(facts | more))


# A stands alone, B waits for it, C is needed by an answer and waits for B, D is optional.
SERVICE = matter(
    part("a"),
    part("b", requires=["a"]),
    part("c", days=0, requires=["b"], when={"field": "c", "is": True}),
    part("d", days=2, optional=True),
)
RULES = Rules.of(SERVICE, OFFICE)


def case_of(form: dict[str, Any], status: CaseStatus = CaseStatus.ACCEPTED) -> Case:
    return Case(
        "12345678case", "p", "x", "hall", status, NOW, LATE, LATE, parts=parts.lodged(SERVICE, form)
    )


def states(case: Case) -> str:
    """Return the states of A to D, by their first letters."""
    return "".join(one.status.value[0] for one in case.parts)


def act(case: Case, name: str, step: parts.PartStepName, now: datetime = NOW) -> Case:
    remarks = "sealed" if step == "request-correction" else None
    return parts.stepped(RULES, case, PartStep(name, step, "me", remarks), now)


def test_what_needs_nothing_of_another_never_waits() -> None:
    case = parts.opened(RULES, case_of({"c": True}), NOW)
    assert states(case) == "owwo"
    assert states(act(case, "a", "approve")) == "aowo"
    assert states(act(act(case, "a", "approve"), "b", "approve")) == "aaoo"
    assert states(parts.opened(RULES, case_of({"c": False}), NOW)) == "owno"
    assert states(parts.opened(RULES, case_of({}, CaseStatus.SUBMITTED), NOW)) == "wwnw"


def test_limits_run_from_the_opening() -> None:
    case = parts.opened(RULES, case_of({"c": True}), NOW)
    day = timedelta(days=1)
    assert case.parts[1].promised_at is None
    assert [case.parts[at].promised_at for at in (0, 3)] == [
        datetime(2027, 3, 1 + days, 9, 0, tzinfo=UTC) for days in (1, 2)
    ]
    later = act(case, "a", "approve", NOW + day)
    assert later.parts[1].promised_at == datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
    assert later.parts[0].decided_at == NOW + day


@pytest.mark.parametrize(
    ("decided", "status", "refused"),
    [
        ({"a": "approve", "b": "approve", "d": "approve"}, "approved", False),
        ({"a": "approve", "b": "approve", "d": "reject"}, "approved", False),
        ({"a": "approve", "b": "approve"}, "under_review", False),
        ({"d": "reject"}, "under_review", False),
        ({"a": "reject"}, "under_review", True),
        ({"a": "approve", "b": "reject", "d": "approve"}, "under_review", True),
    ],
)
def test_what_parts_come_to(
    decided: dict[str, parts.PartStepName], status: str, *, refused: bool
) -> None:
    case = parts.opened(RULES, case_of({"c": False}), NOW)
    for name, step in decided.items():
        case = act(case, name, step)
    assert case.status.value == status
    assert parts.is_refused(RULES, case) is refused


def test_corrections_wait_for_all_who_look_but_not_longer_than_a_working_day() -> None:
    case = parts.opened(RULES, case_of({"c": False}), NOW)
    one = act(case, "d", "request-correction")
    assert (one.gather_at, one.corrections) == (NOW + timedelta(days=1), 0)
    assert one.watch_at == one.gather_at
    assert not one.waits_for_correction
    just_before = parts.gathered(one, NOW + timedelta(days=1, microseconds=-1))
    assert just_before == one
    late = parts.gathered(one, NOW + timedelta(days=1))
    assert (late.gather_at, late.corrections, late.waits_for_correction) == (None, 1, True)
    both = act(one, "a", "request-correction", NOW + timedelta(hours=1))
    assert (both.gather_at, both.corrections) == (None, 1)
    assert [p.asked for p in both.parts] == [True, False, False, True]
    friday = NOW + timedelta(days=4)
    over_the_weekend = act(
        parts.opened(RULES, case_of({}), friday), "d", "request-correction", friday
    )
    assert over_the_weekend.gather_at == friday + timedelta(days=3)


def test_a_corrected_part_has_the_time_back_that_it_waited() -> None:
    case = parts.opened(RULES, case_of({"c": False}), NOW)
    case = act(act(case, "a", "request-correction"), "d", "request-correction")
    fixed = parts.corrected(RULES, case, {}, {"a", "d"}, NOW + timedelta(days=1))
    assert states(fixed) == "owno"
    for old, new in zip(case.parts, fixed.parts, strict=True):
        if new.status is PartStatus.OPEN:
            assert old.promised_at
            assert new.promised_at == old.promised_at + timedelta(days=1)
            assert (new.remarks, new.paused_at, new.asked) == (None, None, False)


@pytest.mark.parametrize("changed", [{"b"}, {"paper-b"}, {"a", "b"}])
def test_what_was_approved_of_something_else_is_looked_at_again(changed: set[str]) -> None:
    case = parts.opened(RULES, case_of({"c": False}), NOW)
    case = act(act(act(case, "a", "approve"), "b", "approve"), "d", "request-correction")
    fixed = parts.corrected(RULES, case, {}, changed, NOW)
    assert states(fixed) == ("owno" if "a" in changed else "aono")
    assert states(parts.corrected(RULES, case, {}, {"d"}, NOW)) == "aano"


def test_a_claim_is_given_back() -> None:
    case = parts.opened(RULES, case_of({}), NOW)
    claimed = act(case, "a", "claim")
    assert claimed.parts[0].claimed_by == "me"
    assert claimed.status is CaseStatus.UNDER_REVIEW
    assert act(claimed, "a", "release").parts[0].claimed_by is None
    assert act(claimed, "a", "approve").parts[0].claimed_by is None


def test_what_is_undecided_at_the_end_is_needed_no_more() -> None:
    case = act(parts.opened(RULES, case_of({"c": True}), NOW), "a", "approve")
    case = act(case, "d", "request-correction")
    done = parts.closed(case)
    assert states(done) == "annn"
    assert done.gather_at is None


def test_a_part_that_left_the_guide_requires_nothing() -> None:
    gone = CasePart("gone", "of-gone", PartStatus.WAITING)
    case = replace(case_of({}), parts=(gone,))
    opened = parts.opened(RULES, case, NOW)
    assert opened.parts[0].status is PartStatus.OPEN
    assert act(opened, "gone", "approve").status is CaseStatus.APPROVED


def test_a_departments_limit_is_told_once_and_again_for_the_next_that_is_late() -> None:
    case = deadlines.watched(parts.opened(RULES, case_of({"c": True}), NOW))
    first, second = (one.promised_at for one in (case.parts[0], case.parts[3]))
    assert first
    assert second
    assert case.watch_at == first < second
    assert deadlines.missed_parts(case, first - SECOND) == ()
    late = deadlines.missed_parts(case, first)
    assert [one.part_id for one in late] == ["a"]
    told, alert = alerts.with_missed_parts(case, late)
    assert (alert.facts["parts"], alert.raised_at, alert.kind) == ("a", first, "time_limit")
    assert deadlines.missed_parts(told, second - SECOND) == ()
    assert deadlines.next_look(told) == second
    assert alerts.answered(told).alerts == {"part_missed"}
    # Who decides, or asks the citizen, is late no more.
    for step in ("approve", "reject", "request-correction"):
        assert alerts.answered(act(told, "a", step, first)).alerts == frozenset()
    both = deadlines.missed_parts(case, second)
    assert alerts.with_missed_parts(case, both)[1].facts["parts"] == "a d"
    again = alerts.with_missed_parts(told, deadlines.missed_parts(told, second))[0]
    assert alerts.answered(act(again, "a", "approve", second)).alerts == {"part_missed"}


def test_a_department_that_waits_for_the_citizen_is_not_late_and_others_are() -> None:
    case = act(parts.opened(RULES, case_of({"c": True}), NOW), "a", "request-correction")
    asked = parts.gathered(case, NOW + timedelta(days=9))
    late = NOW + timedelta(days=9)
    assert asked.waits_for_correction
    assert [one.part_id for one in deadlines.missed_parts(asked, late)] == ["d"]
    assert deadlines.next_look(replace(asked, paused_at=NOW)) == asked.parts[3].promised_at


def test_a_case_without_parts_is_looked_at_as_before() -> None:
    case = replace(case_of({}), parts=())
    assert deadlines.watched(case) is case
    assert deadlines.missed_parts(case, NOW + timedelta(days=99)) == ()


def test_since_tells_the_version_that_changed_a_part() -> None:
    case = parts.opened(RULES, case_of({"c": False}), NOW)
    assert [p.since for p in case.parts] == [2, 1, 1, 2]
    assert [p.since for p in act(case, "d", "claim").parts] == [2, 1, 1, 2]


@given(st.data())
def test_all_interleavings_end_in_the_same_state(data: st.DataObject) -> None:
    """Departments decide, ask and are answered in any order; the form switches C off and on."""
    form: dict[str, Any] = {"c": data.draw(st.booleans())}
    wanted: bool = data.draw(st.booleans())
    case, now = parts.opened(RULES, case_of(form), NOW), NOW
    asks = {name: data.draw(st.integers(0, 2)) for name in "abcd"}
    while case.status in parts.AT_WORK:
        now += timedelta(hours=data.draw(st.integers(0, 40)))
        case = parts.gathered(case, now)
        open_ = [p.part_id for p in case.parts if p.status is PartStatus.OPEN]
        choices = [*open_, *(["answer"] if case.waits_for_correction else [])]
        if not choices:
            # Nobody can add to what is to be asked: it is asked.
            assert case.gather_at is None
        who = data.draw(st.sampled_from(choices))
        if who == "answer":
            form["c"] = wanted
            case = parts.corrected(RULES, case, form, {"c"}, now)
            assert not case.waits_for_correction
        elif asks[who]:
            asks[who] -= 1
            case = act(case, who, "request-correction", now)
        else:
            case = act(case, who, "approve", now)
    assert case.status is CaseStatus.APPROVED
    assert states(case) == ("aaaa" if form["c"] else "aana")
    assert (case.gather_at, case.waits_for_correction) == (None, False)


@pytest.mark.parametrize(
    ("pointer", "seen"),
    [
        ("/form/a", True), ("/form/b", False), ("/materials/paper-a", True),
        ("/materials/a", False), ("/form", False), ("", False), ("/other/a", False),
    ],
)  # fmt: skip
def test_what_a_department_sees(pointer: str, *, seen: bool) -> None:
    sight = parts.sight_of(SERVICE, {"of-a"})
    assert sight == Sight(frozenset("a"), frozenset({"paper-a"}), frozenset("a"))
    assert sight.shows(pointer) is seen


def test_the_longest_chain_is_what_is_promised() -> None:
    assert longest_chain(SERVICE.parts) == 2
    assert longest_chain(()) == 0
    long = matter(part("a", 3), part("b", 4, requires=["a"]), part("c", 6), promised_working_days=7)
    assert longest_chain(long.parts) == 7


def names(*given: Part) -> list[str]:
    return [one.part_id for one in given]


@pytest.mark.parametrize(
    ("given", "more", "wrong"),
    [
        ([part("a", 2), part("a", 2)], {}, "one id"),
        ([part("a", 2, requires=["b"]), part("b", 2)], {}, "stands before"),
        ([part("a", 2, requires=["a"])], {}, "stands before"),
        ([part("a", 2, optional=True), part("b", 0, requires=["a"])], {}, "stands before"),
        ([part("a", 2, when={"field": "a", "is": True})], {}, "always needed"),
        ([part("a", 2), part("b", when={"field": "z", "is": True})], {}, "no field z"),
        ([part("a", 1)], {}, "longest chain"),
        ([part("a", 2)], {"fee_before": "approve"}, "waits for a fee"),
        ([part("a", 2)], {"fee_before": "review"}, "waits for a fee"),
        ([part("a", 2)], {"department": part("z")["department"]}, "leads decides no part"),
        ([part("a", 2)], {"form": {"properties": {"a": {}, "y": {}}}}, "fields of no part"),
        ([part("a", 2)], {"form": {"properties": {}}}, "fields of no part"),
    ],
)  # fmt: skip
def test_parts_that_would_leave_a_case_stuck_are_no_catalogue(
    given: list[dict[str, Any]], more: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(ValueError, match=f"x: .*{wrong}"):
        matter(*given, **more)


@pytest.mark.parametrize("fee_before", ["accept", "issue", None])
def test_fees_that_parts_can_wait_for(fee_before: str | None) -> None:
    assert names(*matter(part("a", 2), fee_before=fee_before).parts) == ["a"]


def test_several_departments_are_named_by_the_one_that_leads() -> None:
    assert SERVICE.decided_by.zh == "a等四部门"
    assert SERVICE.decided_by.en == "a and 3 other departments"
    two = matter(part("a", 2), part("b", 0))
    assert (two.decided_by.zh, two.decided_by.en) == ("a等两部门", "a and another department")
    assert (two.lead_department_id, service().lead_department_id) == ("of-a", None)
    assert service().decided_by == service().department.name
    assert two.part("b") == two.parts[1]
    assert two.part("z") is None
