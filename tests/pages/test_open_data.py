"""Open data at its own address: files saved, and performance drawn with its numbers beside."""

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.pages.browser import Phone

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

MONTHS = ("2027-01", "2027-02")
NOTHING: dict[str, Any] = {
    "decided": 100,
    "share_in_time": 0.97,
    "ahead_of_promise": None,
    "mean_days": 2.5,
    "share_online": None,
    "trips_promised": None,
    "trips_counted": None,
    "trips_made": None,
    "satisfaction": None,
    "waiting_minutes": None,
    "complaints_in_time": None,
}


def answer(route: Route) -> None:
    """Answer what a city with some months behind it would: no month of this run is over."""
    months = [{**NOTHING, "month": one} for one in MONTHS]
    months[0]["share_in_time"] = None
    told = {"office_id": None, "service_id": None, "total": NOTHING, "months": months}
    route.fulfill(json=told)


def test_anybody_takes_data_and_sees_how_well_the_offices_do(phone: Phone, tmp_path: Path) -> None:
    phone.page.goto(f"{phone.url}/open/", wait_until="commit")
    phone.sees(phone.say("open.title"))
    with phone.page.expect_download() as saved:
        phone.tap(f"政务服务大厅 {phone.say('format.csv')}")
    file = tmp_path / "offices.csv"
    saved.value.save_as(file)
    with file.open(newline="") as lines:
        assert "海曙区行政服务中心" in {row["name_zh"] for row in csv.DictReader(lines)}
    phone.page.route("**/v1/performance?**", answer)
    phone.tap(phone.say("performance.title"))
    for name, number in (("share_in_time", "97%"), ("mean_days", "2.5")):
        title = phone.say(f"performance.{name}")
        table = phone.page.get_by_role("table", name=title)
        table.wait_for()
        assert number in table.inner_text()
    few = phone.page.get_by_role("table", name=phone.say("performance.share_in_time"))
    assert phone.say("performance.few") in few.inner_text()
    assert phone.cut_off() == []
