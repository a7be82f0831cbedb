"""A citizen's whole case through the run's own HTTP: lodged, corrected, paid, brought, rated."""

import hashlib
from typing import Any

import httpx

from tests.e2e.phone import Phone, eventually
from tests.support.people import id_number
from tests.support.system import System

PAPER = b"%PDF-1.7\n" + b"a paper" * 20
ADDRESS = {
    "name": "林晓",
    "phone": "13805741234",
    "division_code": "330203",
    "detail": "中山西路 10 号 302 室",
}


def upload(phone: Phone, data: bytes = PAPER) -> str:
    """Announce a file and put its bytes where the answer says."""
    body = {
        "file_name": "paper.pdf",
        "content_type": "application/pdf",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    given = phone.post("/v1/uploads", body)
    put = httpx.put(given["url"], content=data, headers=given["headers"], trust_env=False)
    assert put.status_code == 200, put.text
    return str(given["upload_id"])


def application(phone: Phone, service_id: str) -> dict[str, Any]:
    """Fill a service's form in from its own examples, and give all papers that it needs."""
    guide = phone.get(f"/v1/services/{service_id}")
    fields = guide["form_schema"]["properties"]
    return {
        "service_id": service_id,
        "office_id": "hall-330203",
        "form": {name: field["examples"][0] for name, field in fields.items()},
        "materials": [
            {"material_id": paper["material_id"], "upload_id": upload(phone)}
            for paper in guide["materials"]
            if paper["required"]
        ],
    }


def stand_in(system: System, path: str, body: Any = None) -> Any:
    method = "GET" if body is None else "POST"
    answer = httpx.request(
        method, f"{system.url}/stand-ins/{path}", json=body, headers={"accept": "application/json"},
        timeout=30, trust_env=False,
    )  # fmt: skip
    assert answer.status_code < 300, answer.text
    return answer.json()


def pay(system: System, phone: Phone, case_id: str, method: str, outcome: str = "pay") -> Any:
    asked = {"case_id": case_id, "method": method, "client": "web"}
    payment = phone.post("/v1/payments", asked)
    stand_in(system, "wallet", {"action": payment["action"], "outcome": outcome})
    path = f"/v1/payments/{payment['payment_id']}"
    return eventually(lambda: (p := phone.get(path))["finished"] and p, "an end of the payment")


def parcel_of(phone: Phone, case_id: str) -> str:
    def look() -> str | None:
        return phone.get(f"/v1/cases/{case_id}")["delivery_id"] or None

    return eventually(look, "a delivery for the case")


def test_a_case_goes_from_the_phone_to_the_door(system: System) -> None:
    phone, desk, second = system.phone("journey"), system.desk(), system.desk("clerk2")
    phone.put("/v1/me/identity", {"name": "林晓", "id_number": id_number()})
    phone.log_in()
    phone.post("/v1/me/subscriptions", {"template": "case", "count": 3})
    wanted = {**application(phone, "passport-issue"), "delivery": ADDRESS}
    case = phone.post("/v1/cases", {**wanted, "materials": wanted["materials"][1:]}, 422)
    assert case["errors"][0]["pointer"].startswith("/materials/")
    case = phone.post("/v1/cases", wanted)
    path, admin = f"/v1/cases/{case['case_id']}", f"/v1/admin/cases/{case['case_id']}"

    worklist = desk.get("/v1/admin/cases?office_id=hall-330203&limit=100")["items"]
    assert case["case_id"] in [one["case_id"] for one in worklist]
    remark = {"pointer": "/form/purpose", "detail": "请选择出国事由"}
    desk.post(f"{admin}/request-correction", {"items": [remark]})
    eventually(lambda: told(phone, "correction"), "the notice of a correction")
    assert phone.get(path)["status"] == "correction_requested"
    phone.post(f"{path}/corrections", {"form": {"purpose": "study"}})

    assert pay(system, phone, case["case_id"], "alipay", "refuse")["status"] == "failed"
    paid = pay(system, phone, case["case_id"], "wechat_pay")
    assert paid["status"] == "succeeded"
    eventually(lambda: phone.get(path)["payment_status"] == "paid", "the case is told")
    receipt = phone.get(f"/v1/payments/{paid['payment_id']}/receipt")
    assert receipt["code"]
    public = httpx.get(f"{system.url}/v1/receipts/{receipt['code']}", trust_env=False)
    assert public.status_code == 200

    for step in ("claim", "accept", "review", "release", "approve", "issue"):
        (second if step == "approve" else desk).post(f"{admin}/{step}")
    parcel = parcel_of(phone, case["case_id"])
    for status in ("accepted", "picked_up", "in_transit", "out_for_delivery", "delivered"):
        stand_in(system, f"courier/{parcel}", {"status": status})
    eventually(lambda: phone.get(path)["status"] == "completed", "the case completed by delivery")
    phone.post(f"{path}/rating", {"score": 5, "tags": ["fast"], "comment": "一次都没跑"})

    events = [entry["event"] for entry in phone.get(path)["timeline"]]
    for kind in ("submitted", "correction_requested", "corrected", "paid", "issued", "completed"):
        assert any(kind in event for event in events), (kind, events)
    code = case["progress_code"]
    progress = httpx.get(
        f"{system.url}/v1/progress/{case['receipt_number']}?code={code}", trust_env=False
    ).json()
    assert progress["status"] == "completed"
    looked = phone.get("/v1/me/accesses")["items"]
    assert all(look["staff_id"] for look in looked)
    auditor = system.desk("auditor")
    for subject in (case["case_id"], paid["payment_id"], parcel):
        assert auditor.get(f"/v1/admin/audit/{subject}/verify")["whole"] is True
    exported = phone.get("/v1/me/export")
    assert exported["profile"]["name"] == "林晓"
    assert {"cases", "payments", "deliveries", "notifications"} <= exported.keys()


def told(phone: Phone, word: str) -> list[Any]:
    notices = phone.get("/v1/notifications")["items"]
    return [notice for notice in notices if word in notice["event"]]


def test_what_is_paid_after_a_withdrawal_is_given_back(system: System) -> None:
    phone = system.phone("late-payer")
    phone.put("/v1/me/identity", {"name": "赵敏", "id_number": id_number()})
    phone.log_in()
    case = phone.post("/v1/cases", application(phone, "id-card-renewal"))
    asked = {"case_id": case["case_id"], "method": "alipay", "client": "web"}
    payment = phone.post("/v1/payments", asked)
    phone.post(f"/v1/cases/{case['case_id']}/withdraw", {"reason": "不办了"})
    stand_in(system, "wallet", {"action": payment["action"], "outcome": "pay"})
    path = f"/v1/payments/{payment['payment_id']}"

    def given_back() -> bool:
        now = phone.get(path)
        return now["status"] == "cancelled" or bool(
            now["refunds"] and now["refunds"][0]["status"] == "succeeded"
        )

    eventually(given_back, "the money given back")
