"""The catalogue's desk over HTTP: two persons change a service, from a day on, whatever fails."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.cases import storage as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue import storage
from chalicelib.catalogue.service import drafts, publishing
from chalicelib.catalogue.service.drafts import Edit, Step
from chalicelib.catalogue.storage import drafts as draft_storage
from chalicelib.catalogue.storage._records import CurrentRecord
from chalicelib.core import audit, dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.errors import StaleVersion
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from tests.support.cases import lodge, take, verified, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes

SERVICE: Final = "residence-permit"
PATH: Final = f"/v1/admin/services/{SERVICE}/draft"
HALL: Final = "hall-330200"
NOW: Final = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def as_it_was(client: ApiClient, clock: TestClock) -> Iterator[None]:
    """Leave the catalogue as it is found, without a draft."""
    clock.set(NOW)
    before = storage.current_version() or ""
    yield
    if draft_storage.load_draft(SERVICE).status != "none":
        drafts.discard(staff("z"), SERVICE, Step("", None), attempt(), NOW)
    CurrentRecord("CURRENT", "-").update([CurrentRecord.version.set(before)])
    catalogue.forget()


def staff(name: str, role: str = "supervisor", department: str | None = None) -> Staff:
    departments = frozenset({department} if department else ())
    return Staff(name, frozenset({role}), frozenset({HALL}), department_ids=departments)


def attempt() -> Attempt:
    return Attempt(new_id(16), new_id(8))


def token(name: str, **more: Any) -> str:
    return dependencies.tokens().issue(staff(name, **more), dependencies.clock().now())


def step(client: ApiClient, act: str, who: str, key: str | None = None, **body: Any) -> Answer:
    headers = {"Idempotency-Key": key or new_id(), "accept-language": "en"}
    return client.post(f"{PATH}/{act}", body, token=token(who), headers=headers)


def write(client: ApiClient, who: str, body: dict[str, Any]) -> Answer:
    return client.put(PATH, body, token=token(who), headers={"accept-language": "en"})


def fee_of(client: ApiClient) -> int:
    return int(client.get(f"/v1/services/{SERVICE}").json()["fee"]["cents"])


FEE: Final = {"fee": {"cents": 1500, "basis": "财税〔2027〕1号"}}


def test_a_fee_holds_from_its_day_on_once_another_has_approved_it(
    client: ApiClient, clock: TestClock
) -> None:
    nothing = client.get(PATH, token=token("zhou")).json()
    assert (nothing["status"], nothing["changes"], nothing["versions"]) == ("none", [], [])
    # What GET answers can be sent back, and is no draft.
    assert write(client, "zhou", nothing).json()["status"] == "none"
    written = write(
        client, "zhou", {**FEE, "effective_from": "2027-03-08", "version": nothing["version"]}
    )
    shown = written.json()
    assert [one["text"] for one in shown["changes"]] == [
        "Fee · amount: ¥0.00 → ¥15.00", "Fee · basis: 首次申领不收费 → 财税〔2027〕1号",
    ]  # fmt: skip
    assert (shown["needs_second_person"], shown["effective_from"]) == (
        True,
        "2027-03-08T00:00:00+08:00",
    )
    # Who looked at what was there before does not write over it.
    late = write(client, "qian", {"synonyms": ["x"], "version": nothing["version"]})
    assert (late.status, late.code) == (409, "stale_version")
    key = new_id()
    for again in (None, "true"):
        asked = step(client, "submit", "zhou", key, reason="new rule")
        assert (asked.status, asked.json()["pending"]["asked_by"]) == (202, "staff:zhou")
        assert asked.headers.get("idempotency-replayed") == again
    assert step(client, "submit", "zhou", key, reason="other").code == "idempotency_key_reused"
    assert step(client, "submit", "zhou").code == "wrong_status"
    assert step(client, "approve", "zhou").code == "second_person_needed"
    listed = client.get("/v1/admin/services?limit=100", token=token("qian")).json()["items"]
    mine = next(one for one in listed if one["service_id"] == SERVICE)
    assert (mine["status"], mine["sections"]) == ("submitted", ["fee"])
    key = new_id()
    for again in (None, "true"):
        approved = step(client, "approve", "qian", key)
        assert (approved.status, approved.headers.get("idempotency-replayed")) == (200, again)
    [version] = approved.json()["versions"]
    assert (version["status"], version["submitted_by"], version["approved_by"]) == (
        "scheduled",
        "staff:zhou",
        "staff:qian",
    )
    assert [one["pointer"] for one in version["changes"]] == ["/fee/cents", "/fee/basis"]
    clock.set(datetime(2027, 3, 7, 15, 59, 50, tzinfo=UTC))
    assert fee_of(client) == 0
    clock.set(datetime(2027, 3, 7, 16, 0, tzinfo=UTC))
    assert fee_of(client) == 1500
    after = client.get(PATH, token=token("zhou")).json()
    assert (after["status"], after["versions"][0]["status"]) == ("none", "current")
    kept = drafts.history_of(f"guide:{SERVICE}")
    assert kept is not None
    assert drafts.history_of("guide:no-such-service") is None
    assert audit.verify(f"guide:{SERVICE}", kept) is None
    assert [one.type for one in kept.entries][-3:] == [
        "guide.drafted",
        "guide.submitted",
        "guide.published",
    ]


def test_words_alone_are_published_at_once_and_found(client: ApiClient) -> None:
    write(client, "zhou", {"synonyms": ["蓝印小册子"]})
    published = step(client, "submit", "zhou")
    assert published.status == 200
    assert published.json()["versions"][0]["approved_by"] is None
    found = client.get("/v1/services?query=蓝印小册子").json()["items"]
    assert found[0]["service_id"] == SERVICE
    # The next start of another release keeps what the desk has published.
    [kept] = publishing.with_desk([storage_service()], [storage_service()])
    assert (kept["also_called"], kept["version"]) == (["蓝印小册子"], 1)
    # What does not fit what it has published leaves the service as it was.
    broken = storage_service() | {"parts": [PART]}
    assert publishing.with_desk([broken], [storage_service()]) == [storage_service()]


PART: Final = {
    "id": "x",
    "department": {"id": "x", "name": {"zh-CN": "某", "en": "x"}},
    "name": {"zh-CN": "某", "en": "x"},
    "promised_working_days": 1,
    "fields": [],
    "materials": [],
}


def storage_service() -> dict[str, Any]:
    services, _ = storage.load(storage.current_version() or "")
    return dict(next(one for one in services if one["id"] == SERVICE))


def test_a_draft_is_refused_with_all_that_is_wrong(client: ApiClient) -> None:
    shown = client.get(PATH, token=token("zhou")).json()
    form = {**shown["form"], "type": "array"}
    bad = {
        "fee": {"cents": -1},
        "limits": {"promised_working_days": 99},
        "form": form,
        "effective_from": "2027-01-01",
    }
    refused = write(client, "zhou", bad)
    assert (refused.status, refused.code) == (422, "invalid_request")
    found = [one["pointer"] for one in refused.json()["errors"]]
    assert found == ["/effective_from", "/fee/cents", "/limits/promised_working_days", "/form/type"]
    for body in (
        {"fee": {"cents": "1"}},
        {"guide": {"audience": None}},
        {"nobody": 1},
        {"fee": {"cents": None}},
    ):
        assert write(client, "zhou", body).status == 422
    assert client.get(PATH, token=token("zhou")).json()["status"] == "none"
    write(client, "zhou", {"fee": {"cents": 100}})
    write(client, "zhou", {"fee": {"cents": 0}})
    nothing = step(client, "submit", "zhou")
    assert [one["code"] for one in nothing.json()["errors"]] == ["unchanged"]


def test_who_may_not_is_refused(client: ApiClient) -> None:
    far = dependencies.tokens().issue(
        Staff("far", frozenset({"admin"}), frozenset({"hall-000000"})), NOW
    )
    other = token("other", department="taxation")
    for who in (far, other):
        assert client.put(PATH, FEE, token=who).status == 403
    assert client.put(PATH, FEE, token=token("ours", department="public-security")).status == 200
    assert client.put("/v1/admin/services/none/draft", FEE, token=token("zhou")).status == 404
    assert client.get("/v1/admin/services/none/draft", token=token("zhou")).status == 404
    assert client.get("/v1/admin/services?cursor=x", token=token("zhou")).status == 400


def test_another_version_published_meanwhile_is_a_conflict(client: ApiClient) -> None:
    write(client, "zhou", FEE)
    step(client, "submit", "zhou")
    old = storage.current_version() or ""
    services, offices = storage.load(old)
    other = [{**one, "trips": 0} if one["id"] == SERVICE else one for one in services]
    assert storage.publish(old, f"{old}x", other, offices, storage.current_base() or "")
    refused = step(client, "approve", "qian")
    assert (refused.status, refused.code) == (409, "stale_version")
    assert client.get(PATH, token=token("zhou")).json()["outdated"]
    # Written anew it is of the version that holds, and submitted anew.
    assert write(client, "zhou", FEE).json()["outdated"] is False
    assert step(client, "approve", "qian").code == "wrong_status"
    assert storage.publish(old, f"{old}y", other, offices, "") is False
    discarded = step(client, "discard", "qian", reason="withdrawn")
    assert (discarded.status, discarded.json()["status"]) == (200, "none")
    assert step(client, "discard", "qian").code == "wrong_status"


def test_a_publication_is_there_whole_or_not_at_all_wherever_it_stops() -> None:
    one, two, word = staff("one"), staff("two"), Step("", None)
    drafts.edit(one, SERVICE, Edit(FEE, None, None), NOW)
    drafts.submit(one, SERVICE, word, attempt(), NOW)
    again = attempt()
    for _ in crashes(lambda: drafts.approve(two, SERVICE, word, again, NOW)):
        catalogue.forget()
        entries = draft_storage.load_service_entries(SERVICE)
        is_out = entries[-1].type == "guide.published"
        assert (catalogue.service(SERVICE).fee.amount.cents == 1500) == is_out
        assert (draft_storage.load_draft(SERVICE).status == "none") == is_out
    assert is_out
    # After a lost answer the same call finds what it did.
    assert drafts.approve(two, SERVICE, word, again, NOW).replayed
    assert storage.load_revision(SERVICE, catalogue.service(SERVICE).revision) is not None
    assert storage.load_revision(SERVICE, "none") is None


def test_of_two_editors_at_once_the_second_is_told() -> None:
    version = drafts.desk(SERVICE).draft.version
    first = drafts.edit(staff("one"), SERVICE, Edit(FEE, None, version), NOW)
    # The same again is no conflict, as after a lost answer.
    same = drafts.edit(staff("one"), SERVICE, Edit(FEE, None, version), NOW + timedelta(seconds=1))
    assert same.draft.version == first.draft.version
    with pytest.raises(StaleVersion):
        drafts.edit(staff("two"), SERVICE, Edit({"synonyms": ["x"]}, None, version), NOW)


def test_what_was_asked_when_a_case_was_lodged_stays_enough(client: ApiClient) -> None:
    citizen = verified(client)
    made = lodge(client, citizen, service=SERVICE).json()
    old = catalogue.service(SERVICE)
    form = json.loads(old.form)
    form["properties"]["more"] = {
        "title": {"zh-CN": "件数", "en": "How many"},
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "examples": [1],
    }
    form["required"].append("more")
    drafts.edit(staff("one"), SERVICE, Edit({"form": form}, None, None), NOW)
    drafts.submit(staff("one"), SERVICE, Step("", None), attempt(), NOW)
    drafts.approve(staff("two"), SERVICE, Step("", None), attempt(), NOW)
    new = catalogue.service(SERVICE)
    assert catalogue.service_of_revision(new, old.revision).form == old.form
    assert catalogue.service_of_revision(new, None) is new
    assert catalogue.service_of_revision(new, "gone") is new
    case = cases.load(made["case_id"])
    assert case is not None
    assert case.service_revision == old.revision
    clerk = worker(client, "clerk", case.office_id)
    wanted = [{"pointer": "/form/contact_phone", "detail": "请核对"}]
    assert take(client, clerk, case.case_id, "request-correction", items=wanted).status == 200
    body = {"form": {"contact_phone": "13800000002"}}
    path = f"/v1/cases/{case.case_id}/corrections"
    corrected = client.post(path, body, token=citizen.token)
    assert corrected.status == 200, corrected.body
