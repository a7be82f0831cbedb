"""Who stands at the desk without a pass: short codes, and looking for a name."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.service import board, short_codes
from chalicelib.core.clock import office_time
from chalicelib.core.errors import TryAgain
from chalicelib.core.secret_code import code_of as code_of_subject
from tests.appointments.world import OFFICE, Hall, book, of_family
from tests.support.meter import metered
from tests.support.people import Citizen, id_number, log_in, log_in_again


def code_of(hall: Hall, me: Citizen, appointment_id: str) -> str:
    answer = hall.client.get(f"/v1/appointments/{appointment_id}/pass", token=me.token)
    return str(answer.json()["short_code"])


def test_a_short_code_opens_the_door_of_its_hall_and_day(hall: Hall) -> None:
    me, mine = hall.booked(0)
    code = code_of(hall, me, mine)
    assert len(code) == 6
    assert code.isdecimal()
    assert code_of(hall, me, mine) == code
    body = {"short_code": code, "office_id": hall.office}
    other = hall.post("/checkins", {**body, "office_id": OFFICE}).json()
    assert (other["result"], other["reason"]) == ("refused", "wrong_office")
    let_in = hall.post("/checkins", body).json()
    assert (let_in["result"], let_in["appointment"]["appointment_id"]) == ("ok", mine)
    assert hall.post("/checkins", body).json()["reason"] == "already_checked_in"


def test_a_check_in_whose_answer_was_lost_is_answered_the_same(hall: Hall) -> None:
    _, mine = hall.booked(0)
    body, key = {"appointment_id": mine}, "scanned-once-and-again"
    first, again = (hall.post("/checkins", body, key) for _ in range(2))
    assert (first.json()["result"], "idempotency-replayed" in first.headers) == ("ok", False)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = hall.post("/checkins", {**body, "override": {"reason": "堵车"}}, key)
    assert other.code == "idempotency_key_reused"
    assert hall.post("/checkins", body).json()["reason"] == "already_checked_in"


@pytest.mark.parametrize("written", ["{0} {1}", "{0}-{1}", " {0}{1} ", "full-width"])
def test_a_short_code_is_read_as_people_type_it(hall: Hall, written: str) -> None:
    me, mine = hall.booked(0)
    code = code_of(hall, me, mine)
    typed = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    if written != "full-width":
        typed = written.format(code[:3], code[3:])
    let_in = hall.post("/checkins", {"short_code": typed, "office_id": hall.office}).json()
    assert (let_in["result"], let_in["appointment"]["appointment_id"]) == ("ok", mine)


def test_a_code_that_nobody_has_today_lets_nobody_in(hall: Hall) -> None:
    me, mine = hall.booked(0)
    code = code_of(hall, me, mine)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answer = hall.post("/checkins", {"short_code": wrong, "office_id": hall.office}).json()
    assert (answer["result"], answer["reason"], answer["appointment"]) == (
        "refused", "invalid", None,
    )  # fmt: skip
    hall.wait_until(24 * 60)
    tomorrow = hall.post("/checkins", {"short_code": code, "office_id": hall.office}).json()
    assert (tomorrow["result"], tomorrow["reason"]) == ("refused", "invalid")


@pytest.mark.parametrize("minutes", [-90, 45])
def test_a_reason_lets_in_by_a_code_as_by_a_pass(hall: Hall, minutes: int) -> None:
    me, mine = hall.booked(90 if minutes < 0 else 0)
    code = code_of(hall, me, mine)
    hall.wait_until(max(0, minutes))
    body = {"short_code": code, "office_id": hall.office}
    assert hall.post("/checkins", body).json()["reason"] in ("too_early", "too_late")
    let_in = hall.post("/checkins", {**body, "override": {"reason": "路上堵车"}})
    assert let_in.json()["result"] == "ok"


@pytest.mark.parametrize(
    "body",
    [
        {"short_code": "123456"},
        {"office_id": "hall-330200"},
        {"appointment_id": "a7Kq2mX9bT4c", "office_id": "hall-330200"},
        {"short_code": "12345", "office_id": "hall-330200"},
        {"short_code": "1234567", "office_id": "hall-330200"},
        {"short_code": "12345a", "office_id": "hall-330200"},
        {"short_code": "123456", "office_id": "hall-330200", "pass": "OT1.a.b.c"},
        {"short_code": 123456, "office_id": "hall-330200"},
    ],
)
def test_what_names_nobody_or_two_is_refused(hall: Hall, body: dict[str, Any]) -> None:
    assert hall.post("/checkins", body).status == 422


def test_two_passes_of_a_day_never_have_one_code(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = hall.booked(0)
    _, second = hall.booked(0)
    # The first two candidates of everybody are the same.

    def code_with_twins(purpose: str, subject: str) -> str:
        return "000001" if subject[-1] in "01" else code_of_subject(purpose, subject)

    monkeypatch.setattr(short_codes, "code_of", code_with_twins)
    codes = [short_codes.short_code(one) for one in map(_loaded, (first, second))]
    assert codes[0] == "000001" != codes[1]
    assert [short_codes.short_code(one) for one in map(_loaded, (first, second))] == codes
    monkeypatch.setattr(short_codes, "code_of", lambda *_: "000001")
    with pytest.raises(TryAgain):
        short_codes.short_code(_loaded(second))
    today = office_time(hall.morning).date()
    assert storage.holder_of_code(hall.office, today, "000001") == first
    assert not storage.claim_short_code(hall.office, today, "000001", second)
    # Another day's code may be the same.
    assert storage.claim_short_code(hall.office, today + timedelta(days=1), "000001", second)


def _loaded(appointment_id: str) -> Appointment:
    appointment = storage.load(appointment_id)
    assert appointment
    return appointment


def test_a_pass_costs_little(hall: Hall) -> None:
    me, mine = hall.booked(0)
    with metered() as first:
        code_of(hall, me, mine)
    with metered() as again:
        code_of(hall, me, mine)
    assert (first.wcu, first.trips) <= (1, 3)
    assert (again.wcu, again.trips) <= (0, 2)


def test_who_is_booked_is_found_and_learns_of_it(hall: Hall) -> None:
    number = id_number()
    me = log_in(hall.client)
    body = {"name": "欧阳小丽", "id_number": number}
    put = hall.client.put("/v1/me/identity", body, token=me.token)
    assert put.status == 200, put.body
    me = log_in_again(hall.client, me)
    mine = book(hall.client, me, hall.slot(0)).json()["appointment_id"]
    hall.booked(0)
    code = code_of(hall, me, mine)
    path = f"/v1/admin/offices/{hall.office}/appointments"
    for query in (code, "欧阳", "小丽", number[-4:], number[-6:].lower()):
        items = hall.client.get(f"{path}?query={query}", token=hall.token).json()["items"]
        assert [one["appointment_id"] for one in items] == [mine], query
        assert items[0]["name"] == "欧阳小丽"
    for query in ("司马", "0000000", number[-3:-1]):
        assert hall.client.get(f"{path}?query={query}", token=hall.token).json()["items"] == []
    plain = hall.client.get(path, token=hall.token).json()["items"]
    assert {one["name"] for one in plain} == {None}
    shown = hall.client.get(f"/v1/admin/appointments/{mine}", token=hall.token).json()
    assert shown["name"] == "欧阳小丽"
    seen = hall.client.get("/v1/me/accesses", token=me.token).json()["items"]
    looks = [one for one in seen if one["what"] == f"appointment:{mine}"]
    assert len(looks) == 6
    assert {(one["reason"], one["office_id"]) for one in looks} == {("reception", hall.office)}


def test_a_child_is_found_by_the_childs_name(hall: Hall) -> None:
    me = log_in(hall.client)
    child = of_family(hall.client, me, "欧阳小宝")
    me = log_in_again(hall.client, me)
    mine = book(hall.client, me, hall.slot(0), for_member=child).json()["appointment_id"]
    path = f"/v1/admin/offices/{hall.office}/appointments?query=小宝"
    [one] = hall.client.get(path, token=hall.token).json()["items"]
    assert (one["appointment_id"], one["name"]) == (mine, "欧阳小宝")


def test_many_of_one_name_come_page_by_page(hall: Hall) -> None:
    ids = []
    for minutes in (0, 0, 20):
        me = log_in(hall.client)
        body = {"name": "同名人", "id_number": id_number()}
        assert hall.client.put("/v1/me/identity", body, token=me.token).status == 200
        me = log_in_again(hall.client, me)
        ids.append(book(hall.client, me, hall.slot(minutes)).json()["appointment_id"])
    path = f"/v1/admin/offices/{hall.office}/appointments?query=同名人&limit=2"
    first = hall.client.get(path, token=hall.token).json()
    rest = hall.client.get(f"{path}&cursor={first['next_cursor']}", token=hall.token).json()
    found = [one["appointment_id"] for one in first["items"] + rest["items"]]
    assert (sorted(found), found[-1], rest["next_cursor"]) == (sorted(ids), ids[-1], None)
    assert len(first["items"]) == 2


def test_a_days_board_is_walked_to_its_end(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "_CHUNK", 2)
    renewal, replacement = "id-card-renewal", "id-card-replacement"
    made: list[tuple[int, str, str]] = []
    for minutes, service in [
        (20, renewal), (0, renewal), (0, replacement), (0, renewal), (20, replacement),
    ]:  # fmt: skip
        answer = book(hall.client, log_in(hall.client), hall.slot(minutes), service=service)
        made.append((minutes, service, str(answer.json()["appointment_id"])))
    here = made[1][2]
    hall.check_in(here)
    for limit, query, wanted in [
        (1, "", made),
        (2, "", made),
        (2, "&status=booked", [one for one in made if one[2] != here]),
        (1, f"&service_id={replacement}", [made[2], made[4]]),
        (1, f"&status=booked&service_id={renewal}", [made[0], made[3]]),
        (1, "&status=cancelled", []),
    ]:
        pages = _walked(hall, f"?limit={limit}{query}")
        ids = [one for page in pages for one in page]
        at = {one: minutes for minutes, _, one in wanted}
        assert sorted(ids) == sorted(at), query
        assert [at[one] for one in ids] == sorted(at.values()), query
        # All pages but the last are full, and none comes after the last line.
        assert len(pages) == max(1, -(-len(at) // limit)), query
        assert {len(page) for page in pages[:-1]} <= {limit}, query


def _walked(hall: Hall, query: str) -> list[list[str]]:
    """Return the ids of each page of today's board."""
    pages: list[list[str]] = []
    cursor = ""
    while not pages or cursor:
        path = f"/v1/admin/offices/{hall.office}/appointments{query}{cursor}"
        page = hall.client.get(path, token=hall.token).json()
        pages.append([one["appointment_id"] for one in page["items"]])
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    return pages


def test_late_is_behind_who_waits_and_a_little_late_is_not(hall: Hall) -> None:
    _, a_little_late = hall.booked(15)
    _, late = hall.booked(0)
    hall.wait_until(17)
    stranger = hall.walk_in()["appointment_id"]
    hall.wait_until(20)
    hall.check_in(late)
    hall.check_in(a_little_late)
    order = [hall.next(str(n)).json()["appointment_id"] for n in range(3)]
    assert order == [a_little_late, stranger, late]
