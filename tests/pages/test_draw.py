"""A draw: entering it with a wish, and taking its proof along."""

import json
from pathlib import Path

import pytest

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow


def test_one_enters_a_draw_and_sees_what_proves_it(
    site: System, phone: Phone, tmp_path: Path
) -> None:
    name = new_code()
    person = site.phone(name)
    given = {"name": "李梅", "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    phone.log_in(name)
    phone.open(f"pages/guide?id={tour.DRAWN}")
    phone.tap(phone.say("draw.link"))
    phone.sees("不用抢")
    [draw, *_] = [one for one in person.get("/v1/draws")["items"] if one["status"] == "open"]
    phone.sees(draw["commitment"])
    phone.page.get_by_role("radio").nth(1).click()
    slot = phone.page.get_by_role("checkbox").first
    slot.click()
    phone.sees("您的希望")
    phone.tap("报名")
    phone.sees("已报名，等待抽签")
    [entry] = person.get(f"/v1/draws/{draw['draw_id']}/entries")["items"]
    phone.sees(entry["number"])
    assert len(entry["preferences"]) == 1
    with phone.page.expect_download() as saved:
        phone.page.get_by_role("button", name="保存全部数据").first.click()
    file = tmp_path / "draw.json"
    saved.value.save_as(file)
    assert json.loads(file.read_text())["draw"]["draw_id"].startswith(tour.DRAWN)
