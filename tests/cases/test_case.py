"""A case's states and steps, its time limits and what stands in its way, as values."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases.domain import (
    STEPS,
    Attachment,
    Body,
    Case,
    CaseFile,
    CaseStatus,
    CaseSummary,
    DeliveryUpdate,
    Effects,
    PaymentStatus,
    Span,
    StepName,
    StepRequest,
    WorkFilter,
    alerts,
    deadlines,
    errors,
    receipts,
)
from chalicelib.cases.domain.application import merged
from chalicelib.cases.domain.authority import AuthorityUnchecked
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Applied
from chalicelib.core.money import Money
from chalicelib.core.ratings import AlreadyRated, Rating, Tally, mean
from tests.cases.made import DAY, HOUR, MONDAY, SECOND, a_case
from tests.catalogue.world import office, service

S = CaseStatus
FEE = Money(16000)
ENDS = {S.COMPLETED, S.DECLINED, S.REJECTED, S.WITHDRAWN}
RUNNING = {S.SUBMITTED, S.ACCEPTED, S.UNDER_REVIEW, S.APPROVED}
# docs/cases.md: what staff do, from where to where, and what they must say.
TABLE: dict[StepName, tuple[set[CaseStatus], CaseStatus | None, str | None, str]] = {
    "claim": (RUNNING, None, None, "case.claimed"),
    "release": (RUNNING, None, None, "case.released"),
    "accept": ({S.SUBMITTED}, S.ACCEPTED, None, "case.accepted"),
    "decline": ({S.SUBMITTED}, S.DECLINED, "note", "case.declined"),
    "request-correction": (
        *({S.SUBMITTED}, S.CORRECTION_REQUESTED, "items"),
        "case.correction_requested",
    ),
    "review": ({S.ACCEPTED}, S.UNDER_REVIEW, None, "case.reviewed"),
    "approve": ({S.UNDER_REVIEW}, S.APPROVED, None, "case.approved"),
    "reject": ({S.UNDER_REVIEW}, S.REJECTED, "note", "case.rejected"),
    "issue": ({S.APPROVED}, S.ISSUED, None, "case.issued"),
    "complete": ({S.ISSUED}, S.COMPLETED, None, "case.completed"),
    "precheck": ({S.SUBMITTED, S.ACCEPTED}, None, None, "case.prechecked"),
    "check-authority": (RUNNING, None, "note", "case.authority_checked"),
}


@pytest.mark.parametrize("name", get_args(StepName))
def test_each_step_is_as_the_docs_table_says(name: StepName) -> None:
    step = StepRequest(name).step
    froms, to, needs, event = TABLE[name]
    assert (set(step.froms), step.to) == (froms, to)
    assert (str(step.needs), str(step.event)) == (str(needs), event)
    assert step.roles == {"clerk", "supervisor", "admin"}
    assert step is STEPS[name]


@pytest.mark.parametrize("status", list(CaseStatus))
def test_a_case_runs_until_it_waits_or_ends(status: CaseStatus) -> None:
    case = a_case(status=status)
    assert (case.running, case.ended) == (status in RUNNING, status in ENDS)


def test_a_case_begins_with_nothing_done() -> None:
    case = a_case()
    assert (case.version, case.corrections, case.alerted, case.alerts) == (1, 0, 0, frozenset())
    assert (case.payment_status, case.paused, case.score) == ("none", timedelta(), None)
    assert (case.citizen_id, case.number) == ("abcdefgh", "7K3MQ9XW2TR7")
    assert case.receipt_number == "7K3M-Q9XW-2TR7"
    assert case.subject_id == case.case_id == "abcdefgh7K3MQ9XW2TR7"


@pytest.mark.parametrize(
    ("fee", "status", "unpaid"),
    [
        (None, "none", False),
        (FEE, "none", True),
        (FEE, "unpaid", True),
        (FEE, "pending", True),
        (FEE, "paid", False),
        (FEE, "partly_refunded", False),
        (FEE, "refunded", True),
    ],
)
def test_a_fee_is_owed_until_the_office_has_it(
    fee: Money | None, status: PaymentStatus, *, unpaid: bool
) -> None:
    assert a_case(fee=fee, payment_status=status).unpaid is unpaid


def test_a_file_speaks_for_its_case() -> None:
    applied = (Applied("key", "digest", 1),)
    case = a_case(ledger=applied)
    file = CaseFile(case, Body(None), ())
    assert (file.subject_id, file.head, file.ledger) == (case.case_id, Head(), applied)
    later = file.advanced((), ())
    assert (later.ledger, later.case.version, later.entries) == ((), 1, ())


def test_what_is_kept_with_a_change_is_nothing_unless_said() -> None:
    assert Effects() == Effects(None, (), None, None, None)
    assert DeliveryUpdate("d", "delivered", "e").direction == "to_citizen"
    assert Rating(5) == Rating(5, (), None)


# Limits: 80 % of the promise, the promise, the law.


def test_limits_speak_in_their_order() -> None:
    assert deadlines.limits(a_case()) == (
        ("promise_near", MONDAY + 4 * DAY),
        ("promise_missed", MONDAY + 5 * DAY),
        ("law_missed", MONDAY + 10 * DAY),
    )


def test_what_corrections_took_moves_the_promise_and_stretches_nothing() -> None:
    case = a_case(promised_at=MONDAY + 7 * DAY, paused=2 * DAY)
    assert deadlines.limits(case)[0] == ("promise_near", MONDAY + 6 * DAY)


@pytest.mark.parametrize(("alerted", "days"), [(0, 4), (1, 5), (2, 10), (3, None), (4, None)])
def test_the_next_look_is_at_the_next_limit_that_is_not_told(
    alerted: int, days: int | None
) -> None:
    case = a_case(alerted=alerted)
    assert deadlines.next_look(case) == (None if days is None else MONDAY + days * DAY)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_nothing_is_watched_that_does_not_run(status: CaseStatus) -> None:
    case = a_case(status=status)
    assert (deadlines.next_look(case) is not None) is (status in RUNNING)
    assert deadlines.next_look(replace(case, paused_at=MONDAY)) is None
    waits = replace(case, paused_at=MONDAY, visit_by=MONDAY + DAY)
    assert deadlines.next_look(waits) == (MONDAY + DAY if status in RUNNING else None)
    assert deadlines.paused(replace(waits, paused_at=None), None, MONDAY).paused_at == (
        MONDAY if status in RUNNING or status is CaseStatus.CORRECTION_REQUESTED else None
    )


@pytest.mark.parametrize("status", list(CaseStatus))
@pytest.mark.parametrize("step", [None, "issue"])
def test_limits_stand_still_while_the_citizen_has_it_to_do(
    status: CaseStatus, step: StepName | None
) -> None:
    now = MONDAY + timedelta(microseconds=7)
    case = deadlines.paused(a_case(status=status), step, now)
    must_pay = step is not None and status is S.APPROVED
    waits = must_pay or status is S.CORRECTION_REQUESTED
    # Kept to the second, as the tables keep it.
    assert case.paused_at == (MONDAY if waits else None)
    again = deadlines.paused(case, step, now + HOUR)
    assert again == case


def test_limits_go_on_by_the_time_that_was_waited() -> None:
    waits = a_case(paused_at=MONDAY, paused=HOUR)
    case = deadlines.paused(waits, None, MONDAY + DAY + timedelta(microseconds=3))
    # Monday 7 December 2026 and five days are a Saturday; one more is a Sunday: Monday it is.
    promised, due = MONDAY + 7 * DAY, MONDAY + 11 * DAY
    assert (case.promised_at, case.due_at) == (promised, due)
    assert (case.paused, case.paused_at) == (HOUR + 2 * DAY, None)
    assert case.watch_at == deadlines.limits(case)[0][1]


def test_a_promise_is_never_moved_past_the_law() -> None:
    waits = a_case(paused_at=MONDAY, promised_at=MONDAY + 10 * DAY, due_at=MONDAY + 10 * DAY)
    case = deadlines.paused(waits, None, MONDAY + DAY)
    assert case.promised_at == case.due_at == MONDAY + 11 * DAY


def test_a_clock_that_went_back_takes_no_time_away() -> None:
    day = {"promised_at": MONDAY + DAY, "due_at": MONDAY + 2 * DAY}
    case = deadlines.paused(a_case(paused_at=MONDAY, **day), None, MONDAY - HOUR)
    assert (case.promised_at, case.due_at) == (MONDAY + DAY, MONDAY + 2 * DAY)
    assert (case.paused, case.paused_at) == (timedelta(), None)


def test_a_case_that_ends_while_it_waits_waits_no_more() -> None:
    ended = a_case(status=S.WITHDRAWN, paused_at=MONDAY)
    assert deadlines.paused(ended, None, MONDAY + DAY) == replace(ended, paused_at=None)


@pytest.mark.parametrize(
    ("limit", "pause", "moved"),
    [
        ("2026-12-11T17:00:00+08:00", timedelta(), "2026-12-11T17:00:00+08:00"),
        ("2026-12-11T17:00:00+08:00", HOUR, "2026-12-11T18:00:00+08:00"),
        ("2026-12-11T17:00:00+08:00", 7 * HOUR, "2026-12-14T00:00:00+08:00"),
        ("2026-12-11T16:00:00+00:00", timedelta(), "2026-12-14T00:00:00+08:00"),
        ("2026-12-11T17:00:00+08:00", DAY, "2026-12-14T17:00:00+08:00"),
    ],
)
def test_a_limit_that_comes_to_a_closed_day_moves_on(
    limit: str, pause: timedelta, moved: str
) -> None:
    after = deadlines.moved(datetime.fromisoformat(limit), pause)
    assert after.isoformat() == moved


@pytest.mark.parametrize(
    ("days", "lodged", "last"),
    [
        # The hall closes at 17:00; what comes then has the next day.
        (0, "2026-12-07T16:59:59", "2026-12-07T17:00:00"),
        (0, "2026-12-07T17:00:00", "2026-12-08T17:00:00"),
        (1, "2026-12-07T16:59:59", "2026-12-08T17:00:00"),
        (1, "2026-12-07T17:00:00", "2026-12-08T17:00:00"),
        (5, "2026-12-07T23:59:59", "2026-12-14T17:00:00"),
        (5, "2026-12-12T00:00:00", "2026-12-18T17:00:00"),
    ],
)
def test_a_promise_ends_when_the_hall_closes(days: int, lodged: str, last: str) -> None:
    at = datetime.fromisoformat(lodged + "+08:00")
    promise = deadlines.promised(service(promised_working_days=days), office(), at)
    assert promise.isoformat() == last + "+08:00"


def test_the_law_holds_where_it_is_shorter_than_the_promise() -> None:
    strict = service(promised_working_days=9, legal_time_limit={"value": 3, "unit": "days"})
    last = datetime.fromisoformat("2026-12-10T17:00:00+08:00")
    assert deadlines.due(strict, office(), MONDAY) == last
    assert deadlines.promised(strict, office(), MONDAY) == last


def test_a_hall_without_working_days_has_the_whole_of_the_last_day() -> None:
    closed = office(weekdays=())
    last = deadlines.promised(service(promised_working_days=0), closed, MONDAY + 14 * HOUR)
    assert last.isoformat() == "2026-12-07T23:59:59+08:00"


# Alerts.


@pytest.mark.parametrize(
    ("code", "level"),
    [("promise_near", "yellow"), ("promise_missed", "red"), ("law_missed", "red")],
)
def test_a_limits_alert_says_the_limits_and_nothing_personal(code: str, level: str) -> None:
    alert = alerts.of_time_limit(a_case(), code, MONDAY)
    assert (alert.subject, alert.code, alert.kind) == (a_case().case_id, code, "time_limit")
    assert (alert.office_id, alert.raised_at, alert.level) == ("hall-330200", MONDAY, level)
    assert alert.facts == {
        "service": "passport-issue",
        "receipt": "7K3M-Q9XW-2TR7",
        "promised_at": "2026-12-12T09:00:00+08:00",
        "due_at": "2026-12-17T09:00:00+08:00",
    }


def test_a_step_out_of_order_and_corrections_asked_again_are_told() -> None:
    refused = alerts.of_refused_step(a_case(), "step_too_early", {"by": "w1"}, MONDAY)
    assert (refused.kind, refused.level, refused.facts) == ("order", "red", {"by": "w1"})
    again = alerts.of_corrections(a_case(corrections=2), "w1", MONDAY)
    assert (again.code, again.kind, again.level) == ("correction_asked_again", "content", "yellow")
    assert again.facts == {"corrections": "2", "by": "w1"}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, {"promise_near", "correction_asked_again"}),
        ({"decided_at": MONDAY}, set()),
        ({"status": S.WITHDRAWN}, set()),
        ({"status": S.ISSUED}, {"promise_near", "correction_asked_again"}),
    ],
)
def test_a_rightful_step_answers_what_is_not_standing(
    changes: dict[str, Any], kept: set[str]
) -> None:
    codes = frozenset({"promise_near", "correction_asked_again", "step_too_early"})
    assert alerts.answered(a_case(alerts=codes, **changes)).alerts == kept


# The work list.


def summary(**changes: Any) -> CaseSummary:
    case = a_case()
    about = {
        **{name: getattr(case, name) for name in ("case_id", "service_id", "office_id", "status")},
        **{name: getattr(case, name) for name in ("lodged_at", "promised_at", "due_at")},
        "decided_at": None,
        "claimed_by": None,
        "score": None,
        "position": "",
        "waits": False,
    }
    return CaseSummary(**{**about, **changes})


@pytest.mark.parametrize(
    ("changes", "late", "overdue"),
    [
        ({}, timedelta(), False),
        ({}, SECOND, True),
        ({"waits": True}, DAY, False),
        ({"decided_at": MONDAY + 5 * DAY}, DAY, False),
        ({"decided_at": MONDAY + 5 * DAY + SECOND}, -DAY, True),
    ],
)
def test_overdue_is_what_was_not_decided_by_what_was_promised(
    changes: dict[str, Any], late: timedelta, *, overdue: bool
) -> None:
    listed = summary(**changes)
    assert listed.overdue(listed.promised_at + late) is overdue
    assert listed.receipt_number == "7K3M-Q9XW-2TR7"


def test_the_work_list_has_what_runs_unless_a_status_is_asked_for() -> None:
    assert WorkFilter().statuses == (S.SUBMITTED, S.ACCEPTED, S.UNDER_REVIEW, S.APPROVED)
    assert WorkFilter().span(MONDAY) == Span(None, None)
    assert not WorkFilter(status=S.APPROVED).decided
    assert WorkFilter(status=S.CORRECTION_REQUESTED).decided


# Ratings, receipts, corrections.


@pytest.mark.parametrize(
    ("number", "total", "rounded"),
    [(0, 0, None), (1, 5, 5.0), (3, 10, 3.33), (3, 11, 3.67), (8, 9, 1.12)],
)
def test_a_mean_score_has_two_places(number: int, total: int, rounded: float | None) -> None:
    assert mean(Tally(number, total)) == rounded


def test_a_receipt_number_is_the_same_for_one_seed() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for seed in ("a", "b", "一"):
        value = int(hashlib.sha256(seed.encode()).hexdigest(), 16)
        digits = "".join(alphabet[value >> 5 * place & 31] for place in range(11))
        number = receipts.number_for(seed)
        assert number[:11] == digits
        # Luhn modulo 32: each second value, from the check character leftwards, counts twice.
        twice = [alphabet.index(one) * (2 - at % 2) for at, one in enumerate(digits)]
        check = -sum(one // 32 + one % 32 for one in twice) % 32
        assert number[11:] == alphabet[check]


@given(st.text(max_size=45))
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    number = receipts.read_number(text)
    assert number is None or len(number) == 12


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{0}-{1}-{2}", True),
        (" {0} {1} {2} ", True),
        ("{0}{1}{2}", True),
        ("{0}--{1}{2}" + " " * 25, True),
        ("{0}--{1}{2}" + " " * 26, True),
        ("{0}--{1}{2}" + " " * 27, False),
        ("\u3000{0}\u2013{1}\uff0d{2}", True),
        ("{0}{1}{2}0", False),
        ("{0}{1}", False),
        ("{0}_{1}_{2}", False),
        ("", False),
    ],
)
def test_a_receipt_is_read_as_people_write_it(written: str, *, read: bool) -> None:
    number = receipts.number_for("seed")
    parts = (number[:4], number[4:8], number[8:])
    for form in (str.upper, str.lower):
        assert receipts.read_number(form(written.format(*parts))) == (number if read else None)


def test_a_form_is_corrected_field_by_field() -> None:
    form = {"a": 1, "b": 2, "c": None}
    assert merged(form, {"a": 3}) == {"a": 3, "b": 2}
    assert merged(form, {"b": None}) == {"a": 1}
    # Nothing to remove stays in, to be told as what the form does not ask.
    assert merged(form, {"d": None, "e": 0}) == {"a": 1, "b": 2, "d": None, "e": 0}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Incomplete, 422, "incomplete"),
        (errors.AlreadyClaimed, 409, "already_claimed"),
        (errors.FeeUnpaid, 409, "fee_unpaid"),
        (AlreadyRated, 409, "already_rated"),
        (AuthorityUnchecked, 409, "authority_unchecked"),
    ],
)
def test_what_stands_in_the_way_is_told_by_its_own_code(
    error: type[errors.Incomplete], status: int, code: str
) -> None:
    assert (error.status, error.code) == (status, code)


def test_a_step_asks_for_nothing_but_its_name() -> None:
    request = StepRequest("claim")
    assert (request.version, request.note, request.items) == (None, None, ())
    assert Attachment("id", "u") == Attachment("id", "u")
    assert isinstance(a_case(), Case)
    assert datetime(2026, 12, 7, 1, tzinfo=UTC) == MONDAY
