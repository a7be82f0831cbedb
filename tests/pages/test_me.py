"""One's own page: the family, the inbox, one's data taken along, and leaving for good."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.phone import Phone as Caller
from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.inspection import LANGUAGES
from tests.support.people import id_number, new_code
from tests.support.system import System

SERVICE = "passport-issue"


def test_a_form_tells_all_that_is_missing_and_keeps_what_was_filled_in(
    phone: Phone, site: System, prepared: Callable[[str], None], photo: Path
) -> None:
    name = new_code()
    prepared(name)
    phone.log_in(name)
    phone.open(f"pages/apply?service={SERVICE}")
    asked = phone.context.request.get(f"{site.url}/v1/services/{SERVICE}").json()
    phone.tap("提交申请")
    phone.sees(re.compile(r"有 \d+ 处需要补充"))
    wrong = phone.page.locator(".error:visible")
    assert wrong.count() >= len(asked["form_schema"]["required"]) + len(asked["materials"]) - 1
    # A condition brings its field, and takes it away again.
    kind = phone.page.get_by_role("radiogroup", name="申请类别", exact=True)
    kind.get_by_role("radio", name="到期换发", exact=True).click()
    phone.field("原护照号码").wait_for()
    kind.get_by_role("radio", name="首次申请").click()
    phone.field("原护照号码").wait_for(state="hidden")
    # A date that cannot be is told before anything is sent, and no longer when it is mended.
    phone.date("拟出境日期（选填）", "2020-01-01")
    phone.sees("日期不能早于今天")
    phone.tap("提交申请")
    phone.sees("有 1 处需要补充，都已标在下面，改好一次提交即可。")
    departs = asked["form_schema"]["properties"]["departs_on"]["examples"][0]
    phone.date("拟出境日期（选填）", departs)
    # It stands at its field and in the list of what is to be mended.
    for gone in ("日期不能早于今天", re.compile("处需要补充")):
        expect(phone.page.get_by_text(gone).locator("visible=true")).to_have_count(0)
    arrange(phone, "居民户口簿", photo)
    phone.field("职业").fill("教师")
    phone.open(f"pages/apply?service={SERVICE}")
    phone.sees("已恢复上次填写的内容")
    assert phone.field("职业").input_value() == "教师"
    go_on_elsewhere(phone, site, name)


def go_on_elsewhere(phone: Phone, site: System, name: str) -> None:
    """Find the draft on a phone that knows nothing, and clear it there."""
    person = site.phone(name)
    eventually(lambda: person.get("/v1/me/drafts")["items"], "the draft is saved")
    assert person.get(f"/v1/me/drafts/{SERVICE}")["form"]["occupation"] == "教师"
    phone.page.evaluate("localStorage.clear()")
    phone.log_in(name)
    phone.open("pages/home")
    phone.sees("还没提交")
    phone.tap(re.compile("接着填"))
    phone.sees("已恢复上次填写的内容")
    assert phone.field("职业").input_value() == "教师"
    phone.tap("清空重填")
    phone.page.get_by_text("已恢复上次填写的内容").locator("visible=true").wait_for(
        state="detached"
    )
    assert phone.field("职业").input_value() == ""
    eventually(lambda: not person.get("/v1/me/drafts")["items"], "the draft is dropped")


@pytest.mark.parametrize("keep", [True, False])
def test_drafts_are_kept_at_the_log_out_or_go_as_one_says(
    phone: Phone, site: System, keep: bool
) -> None:
    name = new_code()
    phone.log_in(name)
    person = site.phone(name)
    person.put(f"/v1/me/drafts/{SERVICE}", {"form": {"occupation": "教师"}})
    phone.open("pages/me")
    phone.tap(phone.say("me.logout"))
    phone.sees(phone.say("me.drafts", names="普通护照签发"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap(phone.say("me.stay"))
    phone.tap(phone.say("me.logout"))
    phone.tap(phone.say("me.keepDrafts" if keep else "me.dropDrafts"))
    # What leads to the log-in is named by a part of what logs out.
    phone.sees(re.compile(f"^{phone.say('login')}$"))
    assert len(person.get("/v1/me/drafts")["items"]) == keep


def arrange(phone: Phone, paper: str, front: Path) -> None:
    """Add a second page to a paper, put it first, and remove it again."""
    back = front.with_name("back.png")
    back.write_bytes(front.read_bytes())
    phone.give(paper, front)
    phone.give(paper, back, further=True)
    pages = phone.page.locator(".paper:visible", has_text=paper).locator(".row .grow")
    assert [shown.split()[1] for shown in pages.all_inner_texts()] == [front.name, back.name]
    phone.tap(phone.say("apply.upWhich", n="2", paper=paper))
    pages.first.get_by_text(back.name).wait_for()
    assert [shown.split()[1] for shown in pages.all_inner_texts()] == [back.name, front.name]
    phone.tap(phone.say("apply.removeWhich", n="1", paper=paper))
    pages.nth(1).wait_for(state="detached")
    assert [shown.split()[1] for shown in pages.all_inner_texts()] == [front.name]


def add_family(phone: Phone) -> None:
    """Add a child, whose number is wrong at first, and somebody with a passport."""
    phone.open("rights/family")
    phone.field("姓名").fill("王安安")
    phone.field("身份证号").fill("330203198503070013")
    phone.tap("子女", role="radio")
    phone.tap("保存")
    # A number that cannot be is told at its field.
    phone.page.locator(".error:visible").first.wait_for()
    phone.field("身份证号").fill(id_number())
    phone.tap("保存")
    phone.sees("王安安 · 子女")
    # Said at the button too: the list is above, out of sight.
    phone.told(phone.say("family.added", name="王安安"))
    phone.tap("护照", role="radio")
    phone.field("姓名").fill("Anna O’Neill-Smith")
    phone.field("证件号码").fill("c01x00t47")
    phone.field("签发国家或地区 输入名称查找").fill("德")
    phone.tap("德国", role="radio")
    phone.tap("其他", role="radio")
    phone.tap("保存")
    phone.sees("护照 C******47")


def test_a_citizen_keeps_the_own_matters_and_leaves(
    phone: Phone, site: System, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    phone.log_in(name)
    person = site.phone(name)
    add_family(phone)

    case_id = tour.lodge(person, "no-criminal-record")
    notices = "/v1/notifications"
    eventually(lambda: person.get(notices)["items"], "the notice of the application")
    phone.open("pages/me")
    phone.sees("1 条未读")
    phone.tap(re.compile("^我的消息"))
    phone.tap(re.compile("申请已提交"))
    phone.page.wait_for_url(f"**/case?id={case_id}")
    eventually(lambda: person.get(notices)["items"][0]["read_at"], "read")

    site.desk("clerk").get(f"/v1/admin/cases/{case_id}")
    phone.open("rights/privacy")
    phone.sees("查看了您的申请：无犯罪记录证明")
    with phone.page.expect_download() as download:
        phone.tap("下载我的资料")
    taken = json.loads(Path(download.value.path()).read_text())
    assert taken["profile"]["name"] == "李梅"
    phone.told(phone.say("privacy.exported", file="onetrip.json"))
    # With something going on nobody can leave; the page says so.
    phone.tap("注销账号")
    phone.tap("注销账号")
    phone.sees("暂不能注销")
    phone.tap(re.compile("^无犯罪记录证明"))
    phone.page.wait_for_url(f"**/case?id={case_id}")
    person.post(f"/v1/cases/{case_id}/withdraw", {})
    phone.open("rights/privacy")
    phone.tap("注销账号")
    phone.tap("注销账号")
    phone.sign()
    phone.sees(phone.say("privacy.gone"))
    phone.tap(phone.say("unknown.home"))
    phone.page.wait_for_url(re.compile("home|/#/$"))
    phone.open("pages/me")
    phone.sees("登录后在这里管理您的资料。")
    kept = phone.page.evaluate("Object.keys(localStorage)")
    assert [key for key in kept if re.match("session|draft|pass|address", key)] == []


def consents(person: Caller) -> dict[str, bool]:
    said = person.get("/v1/me/consents")["items"]
    return {one["purpose"]: one["given"] for one in said}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_collected_before_one_agrees_and_it_is_taken_back(
    site: System, phone: Phone, lang: str
) -> None:
    name = new_code()
    phone.prefer(lang=lang)
    phone.open("pages/login")
    phone.field(phone.say("login.name")).fill(name)
    log_in = phone.button(phone.say("login"))
    assert log_in.get_attribute("disabled") is not None
    phone.tap(phone.say("consent.read"))
    phone.sees(phone.say("policy.title"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.log_in(name)
    phone.open("pages/home")
    phone.tap(phone.say("consent.near"))
    phone.sees(phone.say("home.nearest"))
    given = {"place": True, "privacy-policy": True}
    mine = site.phone(name)
    # The halls do not wait for what was said.
    eventually(lambda: consents(mine) == given, "what was agreed to is kept")
    phone.open("rights/privacy")
    phone.tap(f"{phone.say('consent.take')} {phone.say('consentFor.place')}")
    phone.sees(phone.say.like("consent.back"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.open("pages/home")
    phone.sees(phone.say("consent.near"))
