"""Notices as values: when reminders go out, what is worth ringing for, and what fills a field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.i18n import Text
from chalicelib.notifications import domain
from chalicelib.notifications.domain import (
    Consents,
    Notice,
    PushState,
    Reminder,
    Template,
    Words,
    due_at,
    kinds,
    useful_until,
)
from chalicelib.notifications.domain.templates import TEMPLATES, making

NINE = datetime.fromisoformat("2026-12-07T09:00:00+08:00")
DAY, WEEK, CALL = timedelta(days=1), timedelta(days=7), timedelta(minutes=10)
# How long after each event a phone is still worth ringing, and under which subscription.
WORTH = {
    "case.submitted": ("case", DAY),
    "case.correction_requested": ("case", WEEK),
    "case.completed": ("case", WEEK),
    "payment.succeeded": ("payment", DAY),
    "payment.failed": ("payment", DAY),
    "payment.refund_failed": ("payment", WEEK),
    "appointment.booked": ("appointment", DAY),
    "appointment.called": ("queue", CALL),
}


def words(number: int) -> Words:
    return Words(Text(f"题{number}", f"T{number}"), Text("文", "B"), Text("态", "S"))


@pytest.mark.parametrize(
    ("appointment_id", "minutes"), [("", 0), ("a", 97 % 30), ("ab", 195 % 30), ("zzz", 366 % 30)]
)
def test_the_evenings_reminders_are_spread_over_half_an_hour(
    appointment_id: str, minutes: int
) -> None:
    due = due_at("reminder_day_before", appointment_id, NINE)
    assert due.isoformat() == f"2026-12-06T18:{minutes:02}:00+08:00"


@pytest.mark.parametrize(
    ("start", "evening"),
    [
        ("2026-12-07T15:59:00+00:00", "2026-12-06T18:00:00+08:00"),
        ("2026-12-07T16:00:00+00:00", "2026-12-07T18:00:00+08:00"),
    ],
)
def test_the_evening_before_is_that_of_the_offices(start: str, evening: str) -> None:
    at = datetime.fromisoformat(start)
    assert due_at("reminder_day_before", "", at).isoformat() == evening


def test_the_last_reminder_goes_out_two_hours_before() -> None:
    assert due_at("reminder_two_hours", "abc", NINE) == NINE - timedelta(hours=2)


@pytest.mark.parametrize(
    ("reminder", "before"),
    [("reminder_two_hours", timedelta(0)), ("reminder_day_before", timedelta(hours=2))],
)
def test_a_late_reminder_helps_until_the_next_one(reminder: Reminder, before: timedelta) -> None:
    assert useful_until(reminder, NINE) == NINE - before


def test_a_template_is_read_in_the_version_that_a_notice_was_made_with() -> None:
    template = Template("case", DAY, (words(1), words(2)))
    assert template.version == 2
    assert (template.words(1), template.words(2)) == (words(1), words(2))
    made = making.template("case", DAY, Text("题1", "T1"), Text("态", "S"), Text("文", "B"))
    assert made == Template("case", DAY, (words(1),))
    assert making.with_papers("一。", "One.") == Text(
        "一。请携带：{bring}。", "One. Bring: {bring}."
    )


def test_a_notice_begins_unread_and_unsent() -> None:
    notice = Notice("n", "c", "case.submitted", "e", 1, "s", {}, NINE)
    assert (notice.read_at, notice.push_state, notice.lease_until) == (None, PushState.NONE, None)
    assert Consents() == Consents(0, 0, (), frozenset())


def test_the_limits_are_as_the_docs_say() -> None:
    assert domain.CONSENT_LIMIT == 20
    assert timedelta(minutes=1) == domain.LEASE
    assert timedelta(days=400) == domain.KEPT_FOR


@pytest.mark.parametrize("event", WORTH)
def test_a_phone_rings_for_what_is_fresh_and_was_subscribed_to(event: str) -> None:
    template = TEMPLATES[event]
    assert (template.subscription, template.fresh_for) == WORTH[event]


@pytest.mark.parametrize("event", TEMPLATES)
def test_each_template_speaks_both_languages_and_names_its_state_in_five(event: str) -> None:
    template = TEMPLATES[event]
    assert template.fresh_for > timedelta(0)
    for version in range(1, template.version + 1):
        said = template.words(version)
        for text in (said.title, said.body, said.state):
            assert text.zh.strip()
            assert text.en.strip()
        assert len(said.state.zh) <= 5


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("thing3", "thing"),
        ("character_string12", "character_string"),
        ("keyword1", "keyword"),
        ("thing", None),
        ("3", None),
        ("Thing3", None),
        ("thing3x", None),
        ("", None),
    ],
)
def test_a_field_is_named_by_its_kind_and_a_number(field: str, name: str | None) -> None:
    assert kinds.name_of(field) == name
    assert (kinds.kind_of(field) is not None) is (name is not None)


def test_kinds_have_the_platforms_limits() -> None:
    longest = {
        "thing": 20,
        "character_string": 32,
        "time": 32,
        "date": 32,
        "phrase": 5,
        "const": 20,
        "amount": 14,
        "number": 32,
        "letter": 32,
        "name": 10,
        "phone_number": 17,
        "car_number": 8,
    }
    assert {name: kind.longest for name, kind in kinds.KINDS.items()} == longest
    keyword = kinds.kind_of("keyword1")
    assert keyword
    assert (keyword.longest, keyword.lenient, keyword.chinese) == (100, True, False)
    in_chinese = {name for name, kind in kinds.KINDS.items() if kind.chinese}
    assert in_chinese == {"time", "date", "phrase", "const"}
    assert {name for name, kind in kinds.KINDS.items() if kind.lenient} == {"thing"}


@pytest.mark.parametrize(
    ("platform", "subscription", "field", "value", "taken"),
    [
        ("wechat", "case", "thing1", "service", True),
        ("wechat", "case", "thing1", "start", True),
        ("wechat", "case", "thing1", "nothing", False),
        ("wechat", "case", "keyword1", "service", False),
        ("alipay", "case", "keyword1", "start", True),
        ("alipay", "case", "thing1", "service", False),
        ("wechat", "queue", "character_string1", "ticket", True),
        ("wechat", "case", "character_string1", "ticket", False),
        ("wechat", "reminder", "time1", "start", True),
        ("wechat", "payment", "time1", "start", False),
        ("wechat", "delivery", "phrase1", "state", True),
        ("wechat", "payment", "amount1", "amount", True),
        ("wechat", "case", "amount1", "amount", False),
        ("wechat", "case", "nothing1", "service", False),
    ],
)
def test_a_field_takes_what_every_notice_of_the_subscription_carries(
    platform: str, subscription: str, field: str, value: str, *, taken: bool
) -> None:
    assert kinds.fits(platform, subscription, field, value) is taken


def test_times_are_compared_as_moments() -> None:
    assert due_at("reminder_two_hours", "", NINE.astimezone(UTC)) == NINE - timedelta(hours=2)


@pytest.mark.parametrize("state", list(PushState))
def test_a_notice_waits_while_something_is_still_to_be_sent(state: PushState) -> None:
    notice = Notice("n", "c", "case.submitted", "e", 1, "s", {}, NINE, push_state=state)
    assert notice.waits is (state in (PushState.DUE, PushState.LATER))


def test_the_next_channel_was_asked_nothing_yet() -> None:
    notice = Notice("n", "c", "case.submitted", "e", 1, "s", {}, NINE)
    assert (notice.route, notice.channel, notice.read_at) == ((), "", None)
    tried = replace(
        notice, channel="wechat", route=("sms", "inbox"), asked_at=NINE, message_id="m1"
    )
    following = tried.on_next_channel()
    assert (following.channel, following.route) == ("sms", ("inbox",))
    assert (following.asked_at, following.message_id) == (None, "")
    assert following.on_next_channel().route == ()
