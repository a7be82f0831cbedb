"""Whom a closure cancels is told why, in the words that the hall gave."""

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.core.clock import office_time
from chalicelib.core.events import of_entry
from chalicelib.core.i18n import Lang
from chalicelib.notifications import service
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.service import wording
from chalicelib.notifications.service.wording import worded
from tests.appointments.world import OFFICE, Chief
from tests.support.clock import MONDAY

pytestmark = pytest.mark.usefixtures("as_it_was")
LANGS: tuple[Lang, ...] = ("zh-CN", "en")


def days(chief: Chief) -> dict[int, str]:
    """Return an open slot of each coming day that has one, by how many days it is from now."""
    found = {}
    for slot in (slot for slot, state in chief.states().items() if state == "open"):
        key = parse_slot_id(slot)
        assert key
        found[(office_time(key.start).date() - office_time(chief.now).date()).days] = slot
    return found


def told(citizen_id: str, appointment_id: str, chief: Chief) -> Notice:
    """Deliver the appointment's events; return the notice of its cancellation."""
    for entry in storage.load_entries(appointment_id):
        service.on_event(of_entry(entry), chief.now)
    [found] = [
        one
        for one in service.inbox(citizen_id, None, 9).items
        if one.event == "appointment.cancelled"
    ]
    return found


@pytest.mark.parametrize(
    "reason",
    [
        "台风停业",
        "System upgrade.",
        "设备检修，请改约 5 月 6 日",
        "{start} 100% {0}",
        "字" * 200,
    ],
)
def test_a_closures_reason_reaches_whom_it_cancels(chief: Chief, reason: str) -> None:
    day, slot = next(iter(days(chief).items()))
    me, hit = chief.book(slot)
    assert chief.close(day, day, reason=reason, cancel_affected=True).status == 201
    notice = told(me.citizen_id, hit, chief)
    for lang in LANGS:
        # The words around it end the sentence.
        assert reason.rstrip(".") in worded(notice, lang).body
        tip = wording.fields(notice, {"thing1": "tip"}, lang)["thing1"]
        assert 0 < len(tip) <= 20
    # It stays told when the hall opens again.
    for closure in chief.show()["closures"]:
        path = f"{chief.path}/closures/{closure['closure_id']}"
        assert chief.client.send("DELETE", path, token=chief.token).status == 200
    assert told(me.citizen_id, hit, chief) == notice


def test_of_several_closures_the_one_that_covers_the_day_is_told(chief: Chief) -> None:
    (first, slot), (second, later) = list(days(chief).items())[:2]
    booked = [chief.book(slot), chief.book(later)]
    # The first closure leaves its bookings, the second cancels all that no longer fit.
    chief.close(first, first, reason="停电")
    chief.close(second, second, reason="停水", cancel_affected=True)
    said = [worded(told(me.citizen_id, hit, chief), "zh-CN").body for me, hit in booked]
    assert [("停电" in body, "停水" in body) for body in said] == [(True, False), (False, True)]


def test_whom_a_closure_hit_can_be_cancelled_by_asking_for_it_again(chief: Chief) -> None:
    day, slot = next(iter(days(chief).items()))
    me, hit = chief.book(slot)
    assert chief.close(day, day, reason="停电").status == 201
    again = chief.close(day, day, reason="仍在停电", cancel_affected=True)
    assert again.status == 201
    assert [one["reason"] for one in again.json()["closures"]] == ["停电"]
    assert [one["appointment_id"] for one in again.json()["affected"]] == [hit]
    assert "停电" in worded(told(me.citizen_id, hit, chief), "zh-CN").body


def test_a_change_of_hours_says_so_and_who_cancels_is_told_no_reason(chief: Chief) -> None:
    late = next(
        slot for slot, state in chief.states().items() if (slot[-4:], state) == ("1630", "open")
    )
    me, hit = chief.book(late)
    hours = [["09:00", "12:00"], ["13:30", "16:00"]]
    assert chief.put(weekdays=hours, cancel_affected=True).status == 200
    assert "服务时间有调整" in worded(told(me.citizen_id, hit, chief), "zh-CN").body
    me, own = chief.book(next(iter(days(chief).values())))
    path = f"/v1/appointments/{own}/cancel"
    headers = {"Idempotency-Key": "cancelled"}
    assert chief.client.post(path, {}, token=me.token, headers=headers).status == 200
    notice = told(me.citizen_id, own, chief)
    assert "closure" not in notice.facts
    assert [worded(notice, lang).body[-1] for lang in LANGS] == ["。", "."]


def test_a_notice_of_before_keeps_its_words(chief: Chief) -> None:
    facts = {"service": "id-card-renewal", "office": OFFICE, "start": MONDAY.isoformat()}
    old = Notice("id", "c", "appointment.cancelled", "e.1", 1, "a", facts, MONDAY)
    new = Notice("id", "c", "appointment.cancelled", "e.1", 2, "a", facts, MONDAY)
    assert [worded(old, lang) for lang in LANGS] == [worded(new, lang) for lang in LANGS]
