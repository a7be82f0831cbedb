"""Alerts about a case: what each says, how urgent it is, and what answers it."""

from dataclasses import replace

import pytest

from chalicelib.cases.domain import CaseStatus, alerts
from chalicelib.cases.domain.case import CasePart, PartStatus
from chalicelib.cases.domain.deadlines import ORIGINALS_UNCHECKED
from chalicelib.cases.domain.originals import Original, noted, unchecked
from chalicelib.supervision.domain import Alert
from tests.cases.made import DAY, MONDAY, a_case

CASE = a_case(alerts=frozenset({"promise_near"}))
BY, RECEIPT = {"by": "staff:a"}, {"receipt": CASE.receipt_number}
OF_CASE = {"service": "passport-issue", **RECEIPT}


@pytest.mark.parametrize(
    ("told", "code", "kind", "level", "facts"),
    [
        (alerts.with_refused_part(CASE, "staff:a", MONDAY), "part_rejected", "content", "red", BY),
        (
            alerts.with_unchecked_originals(CASE, MONDAY),
            *(ORIGINALS_UNCHECKED, "time_limit", "yellow", OF_CASE),
        ),
        (
            alerts.with_missed_visit(CASE, MONDAY),
            *("visit_missed", "content", "yellow", OF_CASE),
        ),
        (
            alerts.with_disagreement(CASE, "staff:a", MONDAY),
            *("machine_disagreed", "content", "red", {**BY, **RECEIPT}),
        ),
        (
            alerts.with_corrections_again(replace(CASE, corrections=2), "staff:a", MONDAY),
            *("correction_asked_again", "content", "yellow", {**BY, "corrections": "2"}),
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_alert_stands_on_its_case_and_says_what_it_is_about(
    told: tuple[object, Alert], code: str, kind: str, level: str, facts: dict[str, str]
) -> None:
    case, alert = told
    assert getattr(case, "alerts") == {"promise_near", code}  # noqa: B009 - of either room.
    assert (alert.subject, alert.code, alert.office_id) == (CASE.case_id, code, "hall-330200")
    assert (alert.kind, alert.level, alert.facts) == (kind, level, facts)
    assert (alert.raised_at, alert.times, alert.cleared_at) == (MONDAY, 1, None)
    assert code in alerts.STANDING_ALERTS


def test_a_certificate_that_was_revoked_since_is_named() -> None:
    alert = alerts.of_revoked_certificate(CASE, "c1", None, MONDAY)
    assert alert
    assert (alert.code, alert.kind, alert.level) == ("certificate_revoked", "integrity", "red")
    assert alert.facts == {"certificate": "c1", **RECEIPT}
    assert alerts.of_revoked_certificate(CASE, "c1", alert, MONDAY) is None
    more = alerts.of_revoked_certificate(CASE, "c2", alert, MONDAY)
    assert more
    assert more.facts == {"certificate": "c1 c2", **RECEIPT}


def part(name: str, department: str, days: int) -> CasePart:
    about = CasePart(name, department, PartStatus.OPEN)
    return replace(about, promised_at=MONDAY + days * DAY)


def test_parts_that_are_late_are_told_together_by_the_last_of_their_limits() -> None:
    late = [part("a", "tax", 2), part("b", "fire", 3), part("c", "tax", 1)]
    case, alert = alerts.with_missed_parts(CASE, late)
    last = MONDAY + 3 * DAY
    assert case.alerts == {"promise_near", "part_missed"}
    assert case.parts_told_until == alert.raised_at == last
    assert (alert.code, alert.kind) == ("part_missed", "time_limit")
    assert (alert.facts["parts"], alert.facts["departments"]) == ("a b c", "tax fire")
    assert alert.facts["promised_at"].startswith("2026-12-10T")


def test_a_decision_answers_all_but_what_only_a_supervisor_clears() -> None:
    every = a_case(alerts=alerts.STANDING_ALERTS)
    for ended in (
        replace(every, decided_at=MONDAY),
        replace(every, status=CaseStatus.WITHDRAWN),
    ):
        assert alerts.answered(ended).alerts == {"certificate_revoked", "machine_disagreed"}
    going_on = alerts.answered(every).alerts
    assert going_on == alerts.STANDING_ALERTS - {"part_missed", ORIGINALS_UNCHECKED}
    assert alerts.answered(a_case(alerts=frozenset({"gone"}))).alerts == frozenset()
    arrived = replace(every, originals=(Original("card", "arrived"),))
    assert ORIGINALS_UNCHECKED in alerts.answered(arrived).alerts


def test_a_paper_is_unchecked_until_its_original_agreed() -> None:
    papers = (Original("a"), Original("b", "checked", checked=True), Original("c", "received"))
    assert unchecked(papers) == ["a", "c"]
    assert unchecked(papers, {"b", "c"}) == ["c"]
    assert unchecked(papers, set()) == []


@pytest.mark.parametrize(
    ("notes", "states"),
    [
        ({"a": "received"}, ["received", "received"]),
        ({"b": "checked"}, ["expected", "checked"]),
        ({"a": "mismatch", "b": "mismatch"}, ["mismatch", "mismatch"]),
        # The same again changes nothing, and what is not noted stays as it is.
        ({"b": "received"}, ["expected", "received"]),
        ({}, ["expected", "received"]),
        ({"a": "returned"}, None),
    ],
)
def test_the_office_notes_what_can_follow(notes: dict[str, str], states: list[str] | None) -> None:
    found = noted((Original("a"), Original("b", "received")), notes)  # type: ignore[arg-type]
    assert (found and [one.status for one in found]) == states


def test_what_a_case_is_waited_for_with() -> None:
    waits = a_case(status=CaseStatus.CORRECTION_REQUESTED)
    assert (waits.waits_for_correction, a_case().waits_for_correction) == (True, False)
    for handover, prechecked, hands_over in (
        *[("courier", None, True), ("visit", None, True), ("none", None, False)],
        *[(None, None, False), (None, MONDAY, True)],
    ):
        case = a_case(handover=handover, prechecked_at=prechecked)
        assert case.hands_over is hands_over
    assert (a_case().channel, a_case(entered_by="staff:a").channel) == ("online", "counter")
    several = a_case(parts=(part("a", "tax", 1), part("b", "fire", 1)))
    found = several.part("b")
    assert found
    assert (found.department_id, several.part("c")) == ("fire", None)
