"""A case from the phone to the rating, with a correction between, through the run's own HTTP."""

import hashlib
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx

from tests.e2e.phone import Phone, eventually
from tests.support.people import id_number
from tests.support.system import System

HALL = "hall-330205"
# Promised for the same day, so that the clock need not go far.
SERVICE = "elder-card"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def upload(phone: Phone, data: bytes) -> str:
    """Announce a file and send it where the answer says."""
    announced = phone.post(
        "/v1/uploads",
        {
            "file_name": "身份证.pdf",
            "content_type": "application/pdf",
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        },
    )
    sent = httpx.request(
        announced["method"],
        announced["url"],
        headers=announced["headers"],
        content=data,
        trust_env=False,
    )
    assert sent.status_code == 200, sent.text
    return str(announced["upload_id"])


def filled_in(phone: Phone) -> dict[str, Any]:
    """Fill the form in as a program would: each required field by its first example."""
    schema = phone.get(f"/v1/services/{SERVICE}")["form_schema"]
    return {name: schema["properties"][name]["examples"][0] for name in schema["required"]}


def test_a_machine_decides_within_seconds(system: System) -> None:
    phone = system.phone("aged")
    phone.put("/v1/me/identity", {"name": "王大明", "id_number": id_number(years=(1935, 1960))})
    papers = [{"material_id": one, "upload_id": upload(phone, PDF)} for one in ("id-card", "photo")]
    wanted = {"service_id": SERVICE, "office_id": HALL, "form": filled_in(phone)}
    took = []
    # What decides loads with the first one.
    for _ in range(2):
        case = phone.post("/v1/cases", {**wanted, "materials": papers})
        path, began = f"/v1/cases/{case['case_id']}", time.monotonic()
        eventually(partial(is_approved, phone, path), "the machine's yes")
        took.append(time.monotonic() - began)
        # A person issues it.
        for step in ("issue", "complete"):
            system.desk().post(f"/v1/admin/cases/{case['case_id']}/{step}", {})
    assert took[-1] < 5


def is_approved(phone: Phone, path: str) -> bool:
    return bool(phone.get(path)["status"] == "approved")


def test_a_case_from_lodging_to_rating(system: System) -> None:
    phone, desk, boss = system.phone("applicant"), system.desk(), system.desk("supervisor")
    # The service's machine refers who is too young to people.
    young = id_number(years=(1990, 2005))
    phone.put("/v1/me/identity", {"name": "王小明", "id_number": young})
    wanted: dict[str, Any] = {"service_id": SERVICE, "office_id": HALL, "form": {}, "materials": []}
    refused = phone.post("/v1/cases", wanted, status=422)
    assert refused["code"] == "incomplete"
    wanted["form"] = filled_in(phone)
    wanted["materials"] = [
        {"material_id": one, "upload_id": upload(phone, PDF)} for one in ("id-card", "photo")
    ]
    case = phone.post("/v1/cases", wanted)
    path, steps = f"/v1/cases/{case['case_id']}", f"/v1/admin/cases/{case['case_id']}"
    eventually(lambda: phone.get(path)["decision"], "the machine's referral")
    listed = eventually(
        lambda: desk.get(f"/v1/admin/cases?office_id={HALL}&status=submitted")["items"],
        "the case in the work list",
    )
    assert case["case_id"] in {item["case_id"] for item in listed}
    items = {"items": [{"pointer": "/materials/id-card", "detail": "照片不清晰,请重新上传"}]}
    desk.post(f"{steps}/request-correction", items)
    assert phone.get(path)["corrections"] == items["items"]
    again = {"materials": [{"material_id": "id-card", "upload_id": upload(phone, PDF + b"\n")}]}
    phone.post(f"{path}/corrections", again)

    system.advance_to(datetime.fromisoformat(case["promised_at"]) + timedelta(hours=1))
    alerts = boss.get("/v1/admin/alerts?kind=time_limit")["items"]
    codes = {alert["code"] for alert in alerts if alert["subject_id"] == case["case_id"]}
    assert codes == {"promise_near", "promise_missed", "law_missed"}
    eventually(
        lambda: (
            "case.promise_missed"
            in {notice["event"] for notice in phone.get("/v1/notifications")["items"]}
        ),
        "the notice of the missed promise",
    )
    for step, status in (
        ("accept", "accepted"),
        ("review", "under_review"),
        ("approve", "approved"),
        ("issue", "issued"),
        ("complete", "completed"),
    ):
        by = boss if step == "approve" else desk
        assert by.post(f"{steps}/{step}")["status"] == status
    assert boss.get("/v1/admin/alerts?kind=time_limit")["items"] == []
    assert phone.post(f"{path}/rating", {"score": 5, "tags": ["快"]})["score"] == 5

    receipt = f"/v1/progress/{case['receipt_number']}?code={case['progress_code']}"
    shown = httpx.get(f"{system.url}{receipt}", trust_env=False).json()
    assert [entry["event"].removeprefix("case.") for entry in shown["timeline"]] == [
        "submitted", "referred", "correction_requested", "corrected", "promise_missed",
        "accepted", "reviewed", "approved", "issued", "completed", "rated",
    ]  # fmt: skip
    assert desk.get(steps)["applicant"]["name"] == "王小明"
    [look] = phone.get("/v1/me/accesses")["items"]
    assert (look["staff_id"], look["what"]) == ("clerk", f"case:{case['case_id']}")
    verdict = system.desk("auditor").get(f"/v1/admin/audit/{case['case_id']}/verify")
    assert (verdict["whole"], verdict["entries"]) == (True, 11)
