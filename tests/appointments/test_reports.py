from datetime import timedelta

import pytest

from chalicelib.core import statistics
from chalicelib.core.statistics import Statistic
from tests.appointments.world import HALL, Hall
from tests.support.client import ApiClient
from tests.support.people import auditor


@pytest.mark.fresh_index("calls somebody who came after the queue was first asked")
def test_a_days_reports_as_json_and_csv(client: ApiClient, hall: Hall) -> None:
    _, mine = hall.booked(0)
    _, missing = hall.booked(1)
    hall.check_in(mine)
    hall.walk_in()
    hall.clock.set(hall.morning + timedelta(minutes=2))
    called = hall.next(service_id="id-card-renewal").json()["appointment_id"]
    hall.step(called, "fulfil")
    hall.step(missing, "no-show")
    # Whoever took a ticket and left had no seat: three of them are not three missed of two seats.
    for _ in range(2):
        hall.walk_in()
    for _ in range(3):
        left = hall.next(service_id="id-card-renewal").json()["appointment_id"]
        assert hall.step(left, "no-show").json()["status"] == "no_show"
    token = auditor(client, HALL)
    day = str((hall.morning + timedelta(hours=8)).date())
    query = f"?from={day}&to={day}&office_id={HALL}"

    def rows(name: str) -> list[dict[str, object]]:
        answer = client.get(f"/v1/admin/reports/{name}{query}", token=token)
        assert answer.status == 200, answer.body
        items: list[dict[str, object]] = answer.json()["items"]
        return [item for item in items if item["category"] == "identity"]

    [booked] = rows("bookings")
    assert (booked["date"], booked["taken"], booked["capacity"]) == (day, 2, 60)
    assert booked["walk_ins"] == 3
    [waited] = rows("waiting")
    assert waited["served"] == 1
    [missed] = rows("no-shows")
    assert (missed["no_shows"], missed["share"]) == (1, 0.5)
    text = client.get(f"/v1/admin/reports/no-shows{query}&format=csv", token=token)
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    lines = text.body.decode("utf-8-sig").splitlines()
    assert lines[0] == "date,office_id,category,taken,no_shows,share"
    assert f"{day},{HALL},identity,2,1,0.5" in lines


def test_other_halls_unknown_names_and_long_spans(client: ApiClient, hall: Hall) -> None:
    token = auditor(client, "hall-330203")
    for far in (HALL, "no-such-hall"):
        answer = client.get(f"/v1/admin/reports/bookings?office_id={far}", token=token)
        assert (answer.status, answer.code) == (404, "not_found")
    assert client.get("/v1/admin/reports/nothing", token=token).status == 404
    for span in ("from=2026-01-01&to=2026-12-31", "from=2026-02-01&to=2026-01-01", "to=0001-01-02"):
        answer = client.get(f"/v1/admin/reports/bookings?{span}", token=token)
        assert answer.status in (200, 400), span
        assert span.startswith("to") or answer.code == "invalid_query"


def test_a_spreadsheet_runs_nothing() -> None:
    statistic = Statistic(("name", "amount"), lambda *_: [])
    text = statistics.as_csv(statistic, [{"name": '=1+1,"x"', "amount": -5}])
    assert text == '\ufeffname,amount\r\n"\'=1+1,""x""",-5\r\n'
