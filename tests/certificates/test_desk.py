"""What supervisors decide about certificates, and what the holder hears and sees of it."""

from chalicelib.certificates import storage
from chalicelib.core import dependencies, events, history
from chalicelib.core.ids import new_id
from tests.certificates.world import decide, issued, listed, revoke, show, verify
from tests.support.cases import verified, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.functions import notify


def test_suspended_resumed_and_revoked_by_two(client: ApiClient, morning: TestClock) -> None:
    me, first = verified(client), worker(client, "supervisor")
    made = issued(client, me)
    one, code = made["certificate_id"], made["verification_code"]
    assert decide(client, first, one, "suspend").json()["status"] == "suspended"
    assert verify(client, code).json()["status"] == "suspended"
    assert decide(client, first, one, "suspend").code == "wrong_status"
    assert decide(client, first, one, "resume").json()["status"] == "valid"
    assert decide(client, first, one, "resume").code == "wrong_status"
    asked = decide(client, first, one, "revoke")
    assert (asked.status, asked.json()["status"]) == (202, "valid")
    assert asked.json()["pending"]["reason"] == "持证人涉嫌作假"
    assert asked.json()["pending"]["asked_by"].startswith("staff:")
    assert decide(client, first, one, "revoke").code == "second_person_needed"
    assert show(client, me, one)["status"] == "valid"
    done = decide(client, worker(client, "supervisor"), one, "revoke")
    assert (done.status, done.json()["status"], done.json()["pending"]) == (200, "revoked", None)
    assert verify(client, code).json()["status"] == "revoked"
    for step in ("suspend", "resume", "revoke"):
        refused = decide(client, worker(client, "supervisor"), one, step)
        assert (refused.status, refused.json()["current"]) == (409, "revoked")


def test_the_same_key_takes_effect_once(client: ApiClient, morning: TestClock) -> None:
    me, desk, key = verified(client), worker(client, "supervisor"), new_id()
    one = issued(client, me)["certificate_id"]
    first = decide(client, desk, one, "revoke", key)
    again = decide(client, desk, one, "revoke", key)
    assert (first.status, again.status) == (202, 202)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert decide(client, desk, one, "revoke", key, reason="别的").code == "idempotency_key_reused"


def test_a_reason_is_needed(client: ApiClient, morning: TestClock) -> None:
    desk = worker(client, "supervisor")
    one = issued(client, verified(client))["certificate_id"]
    for reason in ("", "  ", None, 1, "x" * 201):
        for step in ("suspend", "resume", "revoke"):
            refused = decide(client, desk, one, step, reason=reason)
            assert refused.status == 422
            assert refused.json()["errors"][0]["pointer"] == "/reason"


def test_staff_of_another_hall_and_clerks_decide_nothing(
    client: ApiClient, morning: TestClock
) -> None:
    one = issued(client, verified(client))["certificate_id"]
    far = worker(client, "supervisor", "hall-330100")
    assert decide(client, far, one, "suspend").status == 404
    assert client.get(f"/v1/admin/certificates/{one}", token=far).status == 404
    assert decide(client, worker(client), one, "suspend").status == 403
    for unknown in ("x", one[:-1], one + "x"):
        assert decide(client, worker(client, "supervisor"), unknown, "suspend").status == 404


def test_each_look_of_staff_is_shown_to_the_holder(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client, "supervisor")
    one = issued(client, me)["certificate_id"]
    shown = client.get(f"/v1/admin/certificates/{one}", token=desk).json()
    assert "fields" not in shown
    assert "verification_code" not in shown
    decide(client, desk, one, "suspend")
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    of_certificate = [look["reason"] for look in looks if look["what"] == f"certificate:{one}"]
    assert sorted(of_certificate) == ["certificate_check", "certificate_suspend"]


def test_the_holder_is_told(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client, "supervisor")
    made = issued(client, me)
    decide(client, desk, made["certificate_id"], "suspend")
    decide(client, desk, made["certificate_id"], "resume")
    revoke(client, made["certificate_id"])
    entries = storage.load_entries(made["verification_code"])
    for entry in entries:
        notify(events.of_entry(entry), dependencies.clock().now())
    inbox = client.get("/v1/notifications", token=me.token).json()["items"]
    told = [n["event"] for n in inbox if n["subject_id"] == made["certificate_id"]]
    assert sorted(told) == [
        "certificate.issued",
        "certificate.resumed",
        "certificate.revoked",
        "certificate.suspended",
    ]
    assert any("机动车驾驶证期满换证" in n["body"] for n in inbox)
    assert all("涉嫌" not in n["body"] for n in inbox)
    head = history.Head(len(entries), entries[-1].hash)
    assert history.check(made["certificate_id"], entries, head) is None


def test_what_was_revoked_is_not_replaced(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    first = issued(client, me)
    revoke(client, first["certificate_id"])
    issued(client, me)
    assert sorted(one["status"] for one in listed(client, me)) == ["revoked", "valid"]
