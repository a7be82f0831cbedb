"""Applying online: everything missing told at once, a correction, the progress, the rating."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import System
from tests.pages.browser import Phone
from tests.support.people import new_code

SERVICE = "passport-issue"
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63600000000200015e221bc30000000049454e44ae426082"
)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "photo.png"
    file.write_bytes(PHOTO)
    return file


def guide(system: System, phone: Phone, service: str = SERVICE) -> Any:
    answer = phone.context.request.get(f"{system.url}/v1/services/{service}")
    return answer.json()


def fill(phone: Phone, schema: Any) -> None:
    """Fill in all that must be, from the schema's own examples."""
    for name in schema["required"]:
        asked = schema["properties"][name]
        value = asked["examples"][0]
        group = phone.page.get_by_role("radiogroup", name=asked["title"], exact=True)
        if asked["type"] == "boolean":
            group.get_by_role("radio", name="是" if value else "否").click()
        elif "oneOf" in asked:
            [title] = [one["title"] for one in asked["oneOf"] if one["const"] == value]
            group.get_by_role("radio", name=title, exact=True).click()
        else:
            phone.field(asked["title"]).fill(str(value))


def give(phone: Phone, material: str, file: Path) -> None:
    with phone.page.expect_file_chooser() as chooser:
        phone.tap(re.compile(f"^拍照或上传 {material}"))
    chooser.value.set_files(file)
    phone.sees(f"✓ {file.name}")
    phone.page.get_by_text("正在上传…").wait_for(state="hidden")


def case_of(system: System, name: str) -> Any:
    [case] = system.phone(name).get("/v1/cases")["items"]
    return case


def step(system: System, case_id: str, name: str, **body: Any) -> None:
    system.desk("supervisor").post(f"/v1/admin/cases/{case_id}/{name}", body)


def test_a_citizen_applies_corrects_and_rates(
    system: System, phone: Phone, prepared: Callable[[str], None], photo: Path
) -> None:
    name = new_code()
    prepared(name)
    phone.log_in(name)
    phone.open(f"pages/apply?service={SERVICE}")
    asked = guide(system, phone)
    phone.sees("填到一半也会自动保存在这部手机上")
    # Everything that is missing is told at once, at its own field.
    phone.tap("提交申请")
    phone.sees(re.compile(r"有 \d+ 处需要补充"))
    assert phone.page.locator(".error:visible").count() >= 1 + len(asked["materials"])
    # A condition brings its field, and takes it away again.
    kind = phone.page.get_by_role("radiogroup", name="申请类别", exact=True)
    kind.get_by_role("radio", name="到期换发", exact=True).click()
    phone.field("原护照号码").wait_for()
    kind.get_by_role("radio", name="首次申请").click()
    phone.field("原护照号码").wait_for(state="hidden")
    fill(phone, asked["form_schema"])
    # The draft outlives the page.
    phone.open(f"pages/apply?service={SERVICE}")
    phone.sees("已恢复上次填写的内容")
    for material in asked["materials"]:
        give(phone, material["name"], photo)
    phone.tap("提交申请")
    phone.sees("已提交！")

    case = case_of(system, name)
    case_id = case["case_id"]
    step(
        system,
        case_id,
        "request-correction",
        items=[{"pointer": "/form/birthplace", "detail": "请写到区县"}],
    )
    phone.open(f"pages/case?id={case_id}")
    phone.sees(re.compile("请写到区县"))
    phone.tap("去补正")
    phone.field("出生地(省、市)").fill("浙江省宁波市海曙区")
    phone.tap("提交申请")
    phone.sees("已提交")
    assert case_of(system, name)["form"]["birthplace"] == "浙江省宁波市海曙区"

    for one in ("accept", "review", "approve", "issue", "complete"):
        step(system, case_id, one)
    phone.open(f"pages/case?id={case_id}")
    phone.sees("已办结")
    phone.tap(re.compile("非常满意"), role="radio")
    phone.tap("提交评价")
    phone.sees(re.compile("已评价"))
    assert case_of(system, name)["score"] == 5


def test_anyone_follows_the_progress_with_the_receipt(
    system: System, phone: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    person = system.phone(name)
    asked = guide(system, phone, "no-criminal-record")
    schema = asked["form_schema"]
    form = {one: schema["properties"][one]["examples"][0] for one in schema["required"]}
    needed = [one for one in asked["materials"] if one["required"]]
    materials = [
        {"material_id": one["material_id"], "upload_id": _uploaded(person)} for one in needed
    ]
    body = {"service_id": "no-criminal-record", "form": form, "materials": materials}
    made = person.post("/v1/cases", body)
    phone.open("pages/progress")
    phone.field("回执号").fill(made["receipt_number"])
    phone.field("查询码").fill("000000")
    phone.tap("查询")
    phone.page.get_by_role("alert").locator("visible=true").wait_for()
    phone.field("查询码").fill(made["progress_code"])
    phone.tap("查询")
    phone.sees("提交申请")


def _uploaded(person: Any) -> str:
    import hashlib

    import httpx

    announced = {
        "file_name": "photo.png",
        "content_type": "image/png",
        "size": len(PHOTO),
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
    }
    place = person.post("/v1/uploads", announced)
    put = httpx.put(place["url"], headers=place["headers"], content=PHOTO, trust_env=False)
    put.raise_for_status()
    return str(place["upload_id"])
