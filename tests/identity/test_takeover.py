"""A better proof takes the person over: at the counter by two clerks, or by the platform's word."""

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import dependencies
from chalicelib.core.id_documents import DOCUMENT_TYPES
from chalicelib.identity import storage
from chalicelib.identity.domain import Proof
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.identity.service import reach, verification
from tests.appointments.world import book, new_slot
from tests.identity.joining_world import city_staff, told, verify
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, id_number, log_in, log_in_again, new_code

# A day for each test, as refused tries count by the day and source.
DAYS = itertools.count()


@pytest.fixture(autouse=True)
def _now(clock: TestClock) -> None:
    clock.set(datetime(2034, 1, 5, 2, tzinfo=UTC) + timedelta(days=5 * next(DAYS)))


class Story:
    """A person whose first phone is lost, and who asks by a second."""

    def __init__(self, client: ApiClient) -> None:
        self.client, self.number = client, id_number()
        self.old_code, self.new_code = new_code(), new_code()
        old = log_in(client, self.old_code)
        assert verify(client, old, self.number).status == 200
        self.old = log_in_again(client, old)
        self.new = log_in(client, self.new_code)
        self.link = str(verify(client, self.new, self.number).json()["link_id"])
        self.first, self.second = city_staff("clerk"), city_staff("supervisor")

    def confirm(self, token: str, reason: str = "旧手机遗失", **headers: str) -> Answer:
        path, body = f"/v1/admin/links/{self.link}/confirm", {"reason": reason}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, body, token=token, headers=named)

    def confirmed(self) -> None:
        assert self.confirm(self.first).status == 202
        assert self.confirm(self.second).status == 200


@pytest.fixture
def story(client: ApiClient) -> Story:
    return Story(client)


def me(client: ApiClient, who: Citizen) -> Any:
    return client.get("/v1/me", token=who.token).json()


def test_two_clerks_confirm_and_the_person_goes_on_by_the_new_phone(
    client: ApiClient, morning: TestClock, story: Story
) -> None:
    slot = new_slot()
    made = book(client, story.old, slot).json()["appointment_id"]
    asked = story.confirm(story.first)
    assert (asked.status, asked.json()["status"]) == (202, "requested")
    pending = asked.json()["pending"]
    assert (pending["asked_by"][:11], pending["reason"]) == ("staff:clerk", "旧手机遗失")
    assert (asked.json()["name"], asked.json()["id_number"][:3]) == ("林*", story.number[:3])
    assert me(client, story.new)["verification_level"] == "basic"
    again = story.confirm(story.first)
    assert (again.status, again.code) == (409, "second_person_needed")
    done = story.confirm(story.second)
    assert (done.status, done.json()["status"], done.json()["pending"]) == (200, "joined", None)
    for who in (story.new, log_in_again(client, story.new), log_in(client, story.new_code)):
        known = me(client, who)
        assert (known["citizen_id"], known["proof"]) == (story.old.citizen_id, "counter")
        shown = client.get("/v1/appointments", token=who.token).json()["items"]
        assert [one["appointment_id"] for one in shown] == [made]


def test_the_former_log_in_is_frozen_and_the_new_one_is_of_record(
    client: ApiClient, story: Story
) -> None:
    story.confirmed()
    assert client.get("/v1/me", token=story.old.token).status == 401
    spent = client.post("/v1/login/refresh", {"refresh_token": story.old.refresh_token})
    assert spent.status == 401
    refused = client.post("/v1/login", {"platform": "demo", "code": story.old_code})
    assert (refused.status, refused.code) == (403, "account_frozen")
    new = log_in(client, story.new_code)
    [only] = client.get("/v1/me/accounts", token=new.token).json()["items"]
    assert (only["account_id"], only["of_record"]) == (story.new.citizen_id, True)
    # Nothing is lesser of who was seen, and the account of record is the last one.
    assert client.get("/v1/me/export", token=new.token).status == 200
    assert client.post("/v1/me/link-codes", {}, token=new.token).status == 201
    path = f"/v1/me/accounts/{only['account_id']}"
    assert client.delete(path, token=new.token).code == "last_account"
    undone = client.post(f"/v1/me/links/{story.link}/undo", {}, token=new.token)
    assert undone.status == 404
    reached = reach.channels(story.old.citizen_id)
    assert reached
    assert reached.account != story.old_code
    assert reached == reach.channels(story.new.citizen_id)


def test_it_is_told_recorded_and_shown_to_staff(
    client: ApiClient, morning: TestClock, story: Story
) -> None:
    made = book(client, story.old, new_slot()).json()["appointment_id"]
    story.confirmed()
    now = dependencies.clock().now()
    assert "account.taken_over" in told(story.old, now)
    looks = client.get("/v1/me/accesses", token=story.new.token).json()["items"]
    seen = [(one["staff_id"].partition("-")[0], one["reason"], one["what"]) for one in looks]
    what = f"link:{story.link}"
    assert sorted(seen) == [(who, "identity_check", what) for who in ("clerk", "supervisor")]
    listed = client.get("/v1/admin/alerts?kind=integrity&limit=100", token=story.second).json()
    [alert] = [one for one in listed["items"] if one["subject_id"] == story.old.citizen_id]
    assert (alert["code"], alert["facts"]["things"]) == ("person_taken_over", made)
    assert alert["facts"]["former_account"] == story.old.citizen_id
    assert (alert["facts"]["account"], alert["facts"]["proof"]) == (story.new.citizen_id, "counter")


def test_a_clerk_sees_whose_document_to_compare_and_others_nothing(
    client: ApiClient, story: Story
) -> None:
    path = f"/v1/admin/links/{story.link}"
    shown = client.get(path, token=story.first).json()
    assert (shown["name"], shown["status"], shown["pending"]) == ("林*", "requested", None)
    assert shown["id_number"].endswith(story.number[-4:])
    assert client.get(f"{path}x", token=story.first).status == 404
    assert client.post(f"{path}x/confirm", {"reason": "x"}, token=story.first).status == 404
    assert story.confirm(story.first, reason=" ").status == 422
    story.confirmed()
    assert client.get(path, token=story.first).json()["status"] == "joined"


def test_a_request_is_over_after_a_day(client: ApiClient, clock: TestClock, story: Story) -> None:
    assert story.confirm(story.first).status == 202
    clock.advance(24 * 3600)
    assert story.confirm(city_staff("supervisor")).status == 404


def test_the_same_key_says_the_same_again(story: Story) -> None:
    first, second = ({"Idempotency_Key": new_code()} for _ in range(2))
    for _ in range(2):
        asked = story.confirm(story.first, **first)
        assert asked.status == 202
    assert asked.headers["idempotency-replayed"] == "true"
    assert story.confirm(story.second, **second).status == 200
    again = story.confirm(story.second, **second)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")


def test_an_account_with_something_open_of_its_own_ends_it_first(
    client: ApiClient, morning: TestClock, story: Story
) -> None:
    assert story.confirm(story.first).status == 202
    made = book(client, story.new, new_slot()).json()["appointment_id"]
    refused = story.confirm(story.second)
    assert (refused.status, refused.json()["open"]) == (409, [made])
    assert me(client, story.old)["proof"] == "platform"


def test_accounts_that_were_joined_to_the_former_one_are_parted(
    client: ApiClient, story: Story
) -> None:
    other = log_in(client)
    link = verify(client, other, story.number).json()["link_id"]
    code = client.post("/v1/me/link-codes", {}, token=story.old.token).json()["code"]
    assert client.post(f"/v1/me/links/{link}", {"code": code}, token=other.token).status == 200
    story.confirmed()
    assert client.get("/v1/me", token=other.token).status == 401
    [only] = client.get("/v1/me/accounts", token=story.new.token).json()["items"]
    assert only["account_id"] == story.new.citizen_id


def test_the_second_phone_may_be_lost_too(client: ApiClient, story: Story) -> None:
    story.confirmed()
    third = log_in(client)
    story.link = str(verify(client, third, story.number).json()["link_id"])
    story.confirmed()
    assert me(client, third)["citizen_id"] == story.old.citizen_id
    assert client.get("/v1/me", token=story.new.token).status == 401
    [only] = client.get("/v1/me/accounts", token=third.token).json()["items"]
    assert (only["account_id"], only["of_record"]) == (third.citizen_id, True)


def test_one_joined_to_the_new_account_of_record_removes_nobody(
    client: ApiClient, story: Story
) -> None:
    story.confirmed()
    third = log_in(client)
    link = verify(client, third, story.number).json()["link_id"]
    code = client.post("/v1/me/link-codes", {}, token=story.new.token).json()["code"]
    assert client.post(f"/v1/me/links/{link}", {"code": code}, token=third.token).status == 200
    assert client.post("/v1/me/link-codes", {}, token=third.token).status == 403
    assert client.delete(f"/v1/me/accounts/{story.new.citizen_id}", token=third.token).status == 403
    path = f"/v1/me/accounts/{third.citizen_id}"
    assert client.delete(path, token=story.new.token).status == 204


def test_two_clerks_at_once_are_two_persons(story: Story) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(story.confirm, [story.first, story.second])
    assert sorted(answer.status for answer in answers) == [200, 202]


@pytest.mark.parametrize("calls", range(1, 19))
def test_a_confirmation_that_stops_on_the_way_is_whole_or_not_at_all(
    client: ApiClient, story: Story, calls: int
) -> None:
    assert story.confirm(story.first).status == 202
    with crash_after(calls), contextlib.suppress(Crash):
        story.confirm(story.second)
    account, owner = (storage.load_profile(one.citizen_id) for one in (story.new, story.old))
    assert account
    assert owner
    assert bool(account.joined) is bool(owner.record_link)
    assert story.confirm(story.second).status == 200
    assert me(client, story.new)["citizen_id"] == story.old.citizen_id
    assert client.get("/v1/me", token=story.old.token).status == 401


class Authority:
    """An authority that confirms everybody, by one proof."""

    document_types: Any = DOCUMENT_TYPES

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def confirm(self, claim: IdentityClaim) -> bool:
        return bool(claim.name)


def test_the_platforms_word_takes_over_from_who_knew_name_and_number(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = id_number(), new_code()
    squatter, person = log_in(client, code), log_in(client)
    authority = Authority("match")
    monkeypatch.setattr(verification, "identity_authority", lambda: authority)
    verify(client, squatter, number)
    made = book(client, log_in_again(client, squatter), new_slot()).json()["appointment_id"]
    assert verify(client, person, number).code == "person_known"
    authority.proof = "platform"
    for _ in range(2):
        known = verify(client, person, number).json()
        assert (known["citizen_id"], known["proof"]) == (squatter.citizen_id, "platform")
    [shown] = client.get("/v1/appointments", token=person.token).json()["items"]
    assert shown["appointment_id"] == made
    assert client.get("/v1/me", token=squatter.token).status == 401
    frozen = client.post("/v1/login", {"platform": "demo", "code": code})
    assert frozen.code == "account_frozen"
    # The same proof again is another account of one person, and a weaker one is nothing.
    for proof in ("platform", "match"):
        authority.proof = proof
        assert verify(client, log_in(client), number).code == "person_known"


def test_who_was_seen_is_not_taken_over_by_a_platform(client: ApiClient, story: Story) -> None:
    story.confirmed()
    assert verify(client, log_in(client), story.number).code == "person_known"
