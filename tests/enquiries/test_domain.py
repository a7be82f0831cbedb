"""Rules of enquiries as values: who sees and does what, deadlines, masking, and finding answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.cases.domain import AlreadyClaimed
from chalicelib.core.errors import Forbidden, InvalidRequest, WrongStatus
from chalicelib.core.history import Head
from chalicelib.core.masking import masked
from chalicelib.enquiries.domain import (
    NOBODY,
    OPEN,
    AlreadyExtended,
    DeadlinePassed,
    Effects,
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    Kind,
    NotPublishable,
    PublishedAnswer,
    ReopenedTooOften,
    deadlines,
    steps,
)
from chalicelib.enquiries.domain.published import LikeAnswer, find, likeness, likest
from tests.catalogue.world import office

S = EnquiryStatus
MONDAY = datetime.fromisoformat("2026-12-07T09:00:00+08:00")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
DUE = MONDAY + 4 * DAY + timedelta(hours=8)
LIMITS = {"question": 5, "complaint": 10, "other": 15}


def enquiry(**changes: Any) -> Enquiry:
    about: dict[str, Any] = {
        "enquiry_id": "abcdefgh12345678",
        "kind": "question",
        "status": S.RECEIVED,
        "channel": "account",
        "office_id": "hall-330200",
        "received_at": MONDAY,
        "due_at": DUE,
        "changed_at": MONDAY,
    }
    return Enquiry(**{**about, **changes})


Do = Callable[[Enquiry], Enquiry]
# docs/enquiries.md: each step, from where, and where to.
TABLE: dict[str, tuple[Do, set[EnquiryStatus], EnquiryStatus | None]] = {
    "claim": (lambda one: steps.claimed(one, "w1"), set(OPEN), S.ASSIGNED),
    "transfer": (lambda one: steps.transferred(one, "hall-2"), set(OPEN), S.RECEIVED),
    "answer": (lambda one: steps.answered(one, "w1"), {*OPEN, S.ANSWERED}, S.ANSWERED),
    "extend": (lambda one: steps.extended(one, DUE + DAY), set(OPEN), None),
    "not-ours": (steps.not_ours, set(OPEN), S.NOT_OURS),
    "reply": (steps.replied, {*OPEN, S.ANSWERED}, None),
    "reopen": (
        lambda one: steps.reopened(one, DUE + DAY),
        {S.ANSWERED, S.CLOSED, S.NOT_OURS},
        S.REOPENED,
    ),
    "confirm": (lambda one: steps.confirmed(one, 4), {S.ANSWERED}, S.CLOSED),
    "withdraw": (steps.withdrawn, {*OPEN, S.ANSWERED}, S.WITHDRAWN),
}


@pytest.mark.parametrize("step", TABLE)
@pytest.mark.parametrize("status", list(EnquiryStatus))
def test_each_step_goes_from_where_the_table_says(step: str, status: EnquiryStatus) -> None:
    do, froms, to = TABLE[step]
    one = enquiry(status=status)
    if status in froms:
        assert do(one).status is (to or status)
        return
    with pytest.raises(WrongStatus) as refused:
        do(one)
    assert refused.value.extra == {"current": status}


def test_an_enquiry_begins_with_nothing_done() -> None:
    one = enquiry()
    assert (one.version, one.reopened, one.satisfaction) == (1, 0, None)
    assert [one.confined, one.awaiting_leave, one.extended, one.escalated] == [False] * 4
    assert (one.overdue, one.published, one.handlers) == (False, False, frozenset())
    assert (one.subject_id, one.citizen_id, one.number) == (
        *("abcdefgh12345678", "abcdefgh"),
        "12345678",
    )
    assert enquiry(enquiry_id=f"{NOBODY}12345678").citizen_id is None
    assert Effects() == Effects((), (), None)
    assert not Effects().unpublished
    file = EnquiryFile(one, ())
    assert (file.subject_id, file.head, file.ledger) == (one.enquiry_id, Head(), ())
    assert file.advanced((), ()) == file


@pytest.mark.parametrize("status", list(EnquiryStatus))
def test_it_is_open_while_the_office_has_it_to_answer(status: EnquiryStatus) -> None:
    assert enquiry(status=status).open is (status in {S.RECEIVED, S.ASSIGNED, S.REOPENED})


def test_with_leave_the_deadline_begins() -> None:
    waits = enquiry(awaiting_leave=True)
    let = waits.with_leave(MONDAY + DAY, DUE + DAY)
    assert (let.awaiting_leave, let.received_at, let.due_at) == (False, MONDAY + DAY, DUE + DAY)


def test_what_steps_change_beside_the_status() -> None:
    assert steps.claimed(enquiry(), "w1").claimed_by == "w1"
    moved = steps.transferred(enquiry(claimed_by="w1"), "hall-2")
    assert (moved.office_id, moved.claimed_by, moved.due_at) == ("hall-2", None, DUE)
    answered = steps.answered(enquiry(overdue=True), "w1")
    assert (answered.claimed_by, answered.overdue) == ("w1", False)
    assert steps.answered(enquiry(claimed_by="w2"), "w1").claimed_by == "w2"
    assert not steps.not_ours(enquiry(overdue=True)).overdue
    longer = steps.extended(enquiry(), DUE + DAY)
    assert (longer.extended, longer.due_at) == (True, DUE + DAY)
    assert steps.confirmed(enquiry(status=S.ANSWERED), 4).satisfaction == 4
    gone = steps.withdrawn(enquiry(awaiting_leave=True, claimed_by="w1", overdue=True))
    assert (gone.awaiting_leave, gone.claimed_by, gone.overdue) == (False, None, False)


def test_twice_the_hall_answers_anew_and_then_a_supervisor_for_good() -> None:
    one = enquiry(status=S.ANSWERED, claimed_by="w1", satisfaction=2)
    seen = []
    for _ in range(3):
        one = steps.reopened(one, DUE + DAY)
        seen.append((one.reopened, one.escalated))
        assert (one.claimed_by, one.satisfaction, one.due_at) == (None, None, DUE + DAY)
        one = replace(one, status=S.ANSWERED)
    assert seen == [(1, False), (2, False), (3, True)]
    with pytest.raises(ReopenedTooOften):
        steps.reopened(one, DUE)


@pytest.mark.parametrize(
    ("changes", "roles", "sees"),
    [
        ({}, {"clerk"}, True),
        ({"confined": True}, {"clerk"}, False),
        ({"confined": True}, {"clerk", "supervisor"}, True),
        ({"confined": True}, {"admin"}, True),
        ({"awaiting_leave": True}, {"admin"}, False),
        # Who is complained about sees nothing of it, whatever they are.
        ({"handlers": frozenset({"w1"})}, {"supervisor"}, False),
        ({"handlers": frozenset({"w2"})}, {"clerk"}, True),
    ],
)
def test_staff_see_what_is_not_about_them(
    changes: dict[str, Any], roles: set[str], *, sees: bool
) -> None:
    assert steps.sees("w1", roles, enquiry(**changes)) is sees


@pytest.mark.parametrize(
    ("changes", "roles", "error"),
    [
        ({}, {"clerk"}, None),
        ({"claimed_by": "w1"}, {"clerk"}, None),
        ({"claimed_by": "w2"}, {"clerk"}, AlreadyClaimed),
        ({"claimed_by": "w2", "status": S.ANSWERED}, {"clerk"}, None),
        ({"claimed_by": "w2"}, {"supervisor"}, None),
        ({"escalated": True}, {"clerk"}, Forbidden),
        ({"escalated": True}, {"clerk", "admin"}, None),
    ],
)
def test_who_may_act_on_it(
    changes: dict[str, Any], roles: set[str], error: type[Exception] | None
) -> None:
    if error is None:
        steps.check_acts("w1", roles, enquiry(**changes))
        return
    with pytest.raises(error):
        steps.check_acts("w1", roles, enquiry(**changes))


@pytest.mark.parametrize(
    ("kind", "last"),
    [("question", "2026-12-14"), ("complaint", "2026-12-21"), ("praise", "2026-12-28")],
)
def test_each_kind_has_its_working_days_until_the_hall_closes(kind: Kind, last: str) -> None:
    due = deadlines.due(kind, LIMITS, office(), MONDAY)
    assert due.isoformat() == f"{last}T17:00:00+08:00"
    night = datetime.fromisoformat("2026-12-06T16:00:00+00:00")
    assert deadlines.due(kind, LIMITS, office(), night) == due
    assert deadlines.due(kind, LIMITS, office(), night - SECOND) == due - DAY - (
        # The evening before is a Sunday: the fifth working day after it is a Friday.
        2 * DAY
    )
    # A hall that closes at noon and opens again closes in the evening.
    noon = office(weekdays=((time(9), time(12)), (time(13), time(17))))
    assert deadlines.due(kind, LIMITS, noon, MONDAY) == due
    for nowhere in (None, office(weekdays=())):
        whole = deadlines.due(kind, LIMITS, nowhere, MONDAY)
        assert whole.isoformat() == f"{last}T23:59:59+08:00"


def extend(days: int, now: datetime = MONDAY, **changes: Any) -> datetime:
    return deadlines.extended(enquiry(**changes), DUE.date() + days * DAY, office(), now)


@pytest.mark.parametrize(("days", "last"), [(1, 3), (3, 3), (4, 4), (89, 89), (90, 90)])
def test_an_extension_ends_on_a_working_day_when_the_hall_closes(days: int, last: int) -> None:
    # The deadline is a Friday: of a Saturday comes the Monday after it.
    new = extend(days)
    shown = DUE + last * DAY
    assert new >= shown
    assert new - shown <= 2 * DAY
    if days < 5:
        assert new == shown


def test_an_extension_is_later_and_by_ninety_days_at_most() -> None:
    for days, code in ((0, "too_early"), (-1, "too_early"), (91, "too_late")):
        with pytest.raises(InvalidRequest) as refused:
            extend(days)
        [error] = refused.value.errors
        assert (error.pointer, error.code) == ("/until", code)


def test_a_deadline_is_extended_once_and_before_it_passes() -> None:
    with pytest.raises(AlreadyExtended):
        extend(5, extended=True)
    assert extend(4, now=DUE)
    with pytest.raises(DeadlinePassed):
        extend(4, now=DUE + SECOND)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AlreadyExtended, "already_extended"),
        (DeadlinePassed, "deadline_passed"),
        (NotPublishable, "not_publishable"),
        (ReopenedTooOften, "reopened_too_often"),
    ],
)
def test_what_stands_in_the_way_is_told_by_its_own_code(
    error: type[AlreadyExtended], code: str
) -> None:
    assert (error.status, error.code) == (409, code)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("电话 1380001 请回", "电话 *** 请回"),
        ("房间 138000 号", "房间 138000 号"),
        ("call +86 138-0000-1234!", "call ***!"),
        ("一三八〇〇〇〇一二三四", "***"),
        ("2026-12-07 办理", "2026-12-07 办理"),
        ("2026-13-07-11", "***"),
        ("1234567元", "1234567元"),
        ("1234567.50 元", "1234567.50 元"),
        ("12345678 元", "*** 元"),
        ("13812345678万先生", "***万先生"),
        ("8765432 万先生", "*** 万先生"),
        ("8765432元旦再打", "***元旦再打"),
        ("13812345678 yuan", "*** yuan"),
        ("8765432万", "8765432万"),
        ("1234567件", "***件"),
        ("AB1C-2D3E-4F5G 已收", "*** 已收"),
        ("a.b@mail.example.cn 收", "*** 收"),
        ("车牌浙B·12345", "车牌***"),
        ("我叫张小明，住宁波", "我叫***，住宁波"),
        # Without a comma a name ends before what is told next, and no part of it stays.
        ("我叫张小明身份证110101199003074514", "我叫***身份证***"),
        ("我叫欧阳来顺想办护照", "我叫***想办护照"),
        ("My name is Li Lei.", "My name is ***."),
        ("33020019900101123x 本人", "*** 本人"),
        ("", ""),
    ],
)
def test_what_tells_a_person_is_masked_and_the_rest_stays(text: str, clean: str) -> None:
    assert masked(text, []) == clean


@pytest.mark.parametrize(
    ("names", "clean"),
    [
        ([], "张三和张三丰与李·四 say Annabel"),
        (["张三"], "***和***丰与李·四 say Annabel"),
        # Where two names begin at one place the longer is masked.
        (["张三", "张三丰"], "***和***与李·四 say Annabel"),
        (["张三丰", "张三"], "***和***与李·四 say Annabel"),
        (["李四"], "张三和张三丰与*** say Annabel"),
        # One character is no name, and one inside a word is not that name.
        (["张", "", "Anna"], "张三和张三丰与李·四 say Annabel"),
        (["annabel"], "张三和张三丰与李·四 say ***"),
    ],
)
def test_known_names_are_masked_once(names: list[str], clean: str) -> None:
    assert masked("张三和张三丰与李·四 say Annabel", names) == clean


def test_what_is_masked_for_two_reasons_is_masked_once() -> None:
    assert masked("我叫张小明", ["张小明", "小明"]) == "我叫***"
    assert masked("13800001234@qq.com", []) == "***"
    assert masked("a1380000@b.cn", ["a1380000"]) == "***"


def published(number: int, question: str, answer: str, **changes: Any) -> PublishedAnswer:
    about: dict[str, Any] = {"service_id": None, "published_at": MONDAY, **changes}
    return PublishedAnswer(
        question_id=f"q{number}",
        office_id="hall-330200",
        question={"zh-CN": question},
        answer={"zh-CN": answer},
        **about,
    )


ANSWERS = [
    published(1, "护照换发要多久", "七个工作日", service_id="passport-issue"),
    published(2, "身份证丢了怎么补", "带户口本来大厅，护照不行", published_at=MONDAY + DAY),
    published(3, "公积金提取", "网上办理", published_at=MONDAY + DAY),
]


@pytest.mark.parametrize(
    ("query", "service_id", "found"),
    [
        ("", None, ["q3", "q2", "q1"]),
        ("  ", "passport-issue", ["q1"]),
        ("", "no-service", []),
        ("护照", None, ["q1", "q2"]),
        ("护照", "passport-issue", ["q1"]),
        ("公积金", None, ["q3"]),
        ("公积金提取", None, ["q3"]),
        ("量子", None, []),
        # Single characters count where nothing longer is asked for.
        ("补", None, ["q2"]),
        ("护照换发时间", None, ["q1"]),
    ],
)
def test_answers_are_found_by_what_is_asked(
    query: str, service_id: str | None, found: list[str]
) -> None:
    assert [one.question_id for one in find(ANSWERS, query, service_id)] == found


def test_a_term_in_the_question_counts_as_much_as_three_in_the_answer() -> None:
    newer = published(1, "其他", "护照，身份证", published_at=MONDAY + DAY)
    older = published(2, "护照", "其他")
    assert [one.question_id for one in find([newer, older], "护照", None)] == ["q2", "q1"]
    # Of three pairs one in the question counts for more than two in the answer.
    assert [one.question_id for one in find([newer, older], "护照身份", None)] == ["q2", "q1"]
    # As much as three of them; then the newer one is first.
    assert [one.question_id for one in find([newer, older], "护照身份证", None)] == ["q1", "q2"]


def test_what_has_less_than_a_third_of_what_the_likest_has_is_not_told() -> None:
    whole = published(1, "护照换发本", "x")
    for question, answer, told in (
        ("护照", "x", ["q1"]),
        ("护照换", "x", ["q1", "q2"]),
        ("x", "护照换发本", ["q1", "q2"]),
        ("x", "护照换发", ["q1"]),
    ):
        other = published(2, question, answer)
        assert [one.question_id for one in find([other, whole], "护照换发本", None)] == told


@pytest.mark.parametrize(
    ("text", "other", "like"),
    [
        ("护照", "护照", 1.0),
        ("护照换发", "护照换发", 1.0),
        # 护照 照换 换发 and 护照: one of three and one of one.
        ("护照换发", "护照", 0.5),
        ("护照", "护照换发", 0.5),
        ("passport fee", "passport", 2 / 3),
        ("护照", "身份证", 0.0),
        ("护", "护", 0.0),
        ("", "", 0.0),
    ],
)
def test_questions_are_like_as_far_as_each_stands_in_the_other(
    text: str, other: str, like: float
) -> None:
    assert likeness(text, other) == pytest.approx(like)


def test_the_likest_answer_is_the_one_to_no_more_and_no_less() -> None:
    assert likest(ANSWERS, "护照换发要多久") == LikeAnswer(ANSWERS[0], 1.0)
    more = published(4, "护照换发和补发都要多久", "x")
    best = likest([more, *ANSWERS], "护照换发要多久")
    assert best
    assert best.answer == ANSWERS[0]
    assert likest(ANSWERS, "量子") is None
    assert likest([], "护照") is None
    both = replace(ANSWERS[0], question={"zh-CN": "护照换发要多久", "en": "passport renewal"})
    assert likest([both], "passport renewal") == LikeAnswer(both, 1.0)


def test_an_answer_is_shown_in_the_language_that_it_has() -> None:
    chinese = ANSWERS[0]
    assert chinese.language("en") == "zh-CN"
    both = replace(chinese, answer={"zh-CN": "一", "en": "one"})
    assert (both.language("en"), both.language("zh-CN")) == ("en", "zh-CN")
    assert replace(chinese, answer={"en": "one"}).language("zh-CN") == "en"
    assert date(2026, 12, 11) == DUE.date()
