"""One citizen's way through the deployed system, by HTTP only."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import urllib3

from chalicelib.core.ids import new_id
from tests.deployed import outside
from tests.deployed.conftest import PASSWORD, STAGE, TOTP, Deployed, told
from tests.deployed.http_client import HttpClient
from tests.deployed.world import BOOKED, HALL, book, citizen, key, log_in, until, who
from tests.support.forms import example

pytestmark = pytest.mark.slow

SERVICE = "no-criminal-record"
PDF = b"%PDF-1.7\n" + b"x" * 100


def staff(api: HttpClient, role: str) -> str:
    body = {"username": role, "password": PASSWORD}
    if role == "supervisor":
        body["totp"] = pyotp.TOTP(TOTP).now()
    return str(told(api.post("/v1/staff/login", body), 200)["access_token"])


def upload(api: HttpClient, token: str, path: str = "/v1/uploads") -> str:
    body = {
        "file_name": "证明.pdf",
        "content_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
    }
    announced = told(api.post(path, body, token=token, headers=key()), 201)
    stored = urllib3.request(
        "PUT", announced["url"], body=PDF, headers=announced["headers"], timeout=60, retries=False
    )
    assert stored.status == 200, stored.data.decode()
    return str(announced["upload_id"])


def lodge(api: HttpClient, token: str) -> dict[str, Any]:
    guide = told(api.get(f"/v1/services/{SERVICE}"), 200)
    materials = [
        {"material_id": one["material_id"], "upload_id": upload(api, token)}
        for one in guide["materials"]
        if one["required"]
    ]
    body = {
        "service_id": SERVICE,
        "office_id": HALL,
        "form": example(guide["form_schema"]),
        "materials": materials,
    }
    return dict(told(api.post("/v1/cases", body, token=token, headers=key()), 201))


def step(api: HttpClient, token: str, case_id: str, name: str) -> dict[str, Any]:
    answer = api.post(f"/v1/admin/cases/{case_id}/{name}", {}, token=token, headers=key())
    return dict(told(answer, 200))


def verified_history(api: HttpClient, subject: str) -> int:
    path = f"/v1/admin/audit/{subject}/verify"
    found = told(api.get(path, token=staff(api, "auditor")), 200)
    assert found["whole"] is True
    return int(found["entries"])


def test_it_is_alive(deployed: Deployed) -> None:
    assert told(deployed.api.get("/v1/health"), 200)["status"] == "ok"
    assert told(deployed.api.get("/v1/ready"), 200)["status"] == "ready"
    assert told(deployed.api.get("/v1/openapi.json"), 200)["openapi"].startswith("3.1")


def test_log_in_book_and_hear_of_it(deployed: Deployed) -> None:
    api = deployed.api
    me = citizen(api)
    made = book(api, me)
    path = f"/v1/appointments/{made['appointment_id']}"
    assert told(api.get(path, token=me), 200)["status"] == "booked"
    picture = api.get(f"{path}/pass", token=me, headers={"accept": "image/svg+xml"})
    assert b"<svg" in picture.body
    assert verified_history(api, made["appointment_id"]) == 1
    assert until(lambda: notices(api, me, made["appointment_id"])) == ["appointment.booked"]


def test_nobody_comes_in_as_in_a_demonstration(deployed: Deployed) -> None:
    refused = deployed.api.post("/v1/login", {"platform": "demo", "code": "lin"})
    assert told(refused, 401)["code"] == "invalid_login_code"


def test_a_citizen_stays_basic_while_the_authority_is_down(deployed: Deployed) -> None:
    token = log_in(deployed.api, new_id(12))
    outside.set_identity("down")
    try:
        refused = deployed.api.put("/v1/me/identity", who(), token=token)
    finally:
        outside.set_identity("normal")
    assert told(refused, 503)["code"] == "provider_unavailable"
    assert told(deployed.api.get("/v1/me", token=token), 200)["verification_level"] == "basic"
    known = told(deployed.api.put("/v1/me/identity", who(), token=token), 200)
    assert (known["verification_level"], known["proof"]) == ("real_name", "platform")


def test_lodge_decide_and_hear_of_it(deployed: Deployed) -> None:
    api = deployed.api
    me, clerk, second = citizen(api), staff(api, "clerk"), staff(api, "supervisor")
    case = lodge(api, me)
    case_id = case["case_id"]
    for name in ("claim", "accept", "review", "approve", "issue"):
        step(api, second if name == "approve" else clerk, case_id, name)
    found = told(api.get(f"/v1/cases/{case_id}", token=me), 200)
    assert found["status"] == "issued"
    assert verified_history(api, case_id) == len(found["timeline"])
    path = f"/v1/progress/{case['receipt_number']}?code={case['progress_code']}"
    assert told(api.get(path), 200)["status"] == "issued"
    heard = until(lambda: "case.issued" in (said := notices(api, me, case_id)) and said)
    assert len(heard) == len(set(heard))


def test_a_mandate_from_the_counter_is_found_by_whoever_is_proven_later(
    deployed: Deployed,
) -> None:
    api, clerk, principal = deployed.api, staff(deployed.api, "clerk"), who()
    body = {
        "principal": principal,
        "agent": {**who(), "name": "王大明"},
        "services": [BOOKED],
        "actions": ["book"],
        "until": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
        "upload_id": upload(api, clerk, "/v1/admin/uploads"),
    }
    made = told(api.post("/v1/admin/mandates", body, token=clerk, headers=key()), 201)
    openid = new_id(12)
    told(api.put("/v1/me/identity", principal, token=log_in(api, openid)), 200)
    path = f"/v1/me/mandates/{made['mandate_id']}"
    found = told(api.get(path, token=log_in(api, openid)), 200)
    assert (found["status"], found["accepted_by"]) == ("active", "counter")


def notices(api: HttpClient, token: str, subject: str) -> list[str]:
    """Return the events of a subject that the citizen was told of, oldest first."""
    items = told(api.get("/v1/notifications?limit=100", token=token), 200)["items"]
    return [item["event"] for item in reversed(items) if item["subject_id"] == subject]


def test_roles_are_enforced(deployed: Deployed) -> None:
    """The engine refuses what a role does not allow, so the trip proves that the rights suffice."""
    client = deployed.cloud.client("lambda")
    name = f"onetrip-{STAGE}-generate-slots"
    role = client.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    iam = deployed.cloud.client("iam")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = [s for s in kept["Statement"] if s.get("Sid") != "WriteTables"]
    assert len(less) == len(kept["Statement"]) - 1

    def put(statements: list[Any]) -> None:
        document = json.dumps({**kept, "Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)

    # As the queue of its parts hands one over; this one is the whole.
    body = json.dumps({"number": 0, "of": 1})
    part = json.dumps({"Records": [{"messageId": "0", "body": body}]}).encode()

    def fails() -> bool:
        answer = client.invoke(FunctionName=name, Payload=part)
        # What is not read keeps its socket, which would be told of as another test's mistake.
        answer["Payload"].read()
        return "FunctionError" in answer

    put(less)
    refused = fails()
    put(kept["Statement"])
    assert refused
    assert not fails()


def test_a_restart_reaches_what_the_gateway_calls(deployed: Deployed) -> None:
    client, live = deployed.cloud.client("lambda"), {}
    for name in ("api", "staff"):
        of = {"FunctionName": f"onetrip-{STAGE}-{name}"}
        live[name] = client.get_alias(**of, Name="live")["FunctionVersion"]
    deployed.ops("restart", STAGE)
    for name, version in live.items():
        of = {"FunctionName": f"onetrip-{STAGE}-{name}"}
        after = client.get_alias(**of, Name="live")["FunctionVersion"]
        assert int(after) == int(version) + 1
        variables = client.get_function_configuration(**of, Qualifier="live")["Environment"]
        assert variables["Variables"]["RESTARTED"] == "1"


def test_what_is_paused_waits_until_it_is_resumed(deployed: Deployed) -> None:
    """The engine answers requests all the same, so there is something that waits."""
    api, sqs = deployed.api, deployed.cloud.client("sqs")
    me = citizen(api)
    name = f"onetrip-{STAGE}-send-notifications"
    queue = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    assert f"paused {name}\n" in deployed.ops("pause", STAGE, "notifications")
    made = book(api, me)

    def waiting() -> int:
        kind = "ApproximateNumberOfMessages"
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[kind])
        return int(found["Attributes"][kind])

    assert until(waiting) == 1
    assert notices(api, me, made["appointment_id"]) == []
    assert f"resumed {name}\n" in deployed.ops("resume", STAGE, "notifications")
    assert until(lambda: notices(api, me, made["appointment_id"])) == ["appointment.booked"]


def test_nothing_was_set_aside(deployed: Deployed) -> None:
    sqs = deployed.cloud.client("sqs")
    for url in sqs.list_queues(QueueNamePrefix=f"onetrip-{STAGE}-")["QueueUrls"]:
        if url.endswith("-dead"):
            name = "ApproximateNumberOfMessages"
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
            assert found["Attributes"][name] == "0", url
