import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from chalicelib.core.errors import Problem
from chalicelib.core.ids import new_id
from chalicelib.identity.staff import service as staff
from chalicelib.identity.staff.domain import AccountLocked
from chalicelib.identity.storage._records import MemberRecord
from tests.appointments.world import book, new_slot
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import id_number, log_in, new_code


def test_a_log_in_gives_tokens_and_the_same_citizen_again(client: ApiClient) -> None:
    code = new_code()
    first, second = log_in(client, code), log_in(client, code)
    assert first.citizen_id == second.citizen_id
    assert client.get("/v1/me", token=first.token).json()["citizen_id"] == first.citizen_id


def test_twenty_first_log_ins_at_once_make_one_citizen(client: ApiClient) -> None:
    code, found = new_code(), []
    threads = [
        threading.Thread(target=lambda: found.append(log_in(client, code).citizen_id))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len(set(found)) == 1


@pytest.mark.parametrize("code", ["", "UPPER", "a" * 65, "空"])
def test_a_bad_code_is_refused(client: ApiClient, code: str) -> None:
    answer = client.post("/v1/login", {"platform": "demo", "code": code})
    assert answer.status in (401, 422)


def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(client: ApiClient) -> None:
    me = log_in(client)
    second = client.post("/v1/login/refresh", {"refresh_token": me.refresh_token})
    assert second.status == 200
    reused = client.post("/v1/login/refresh", {"refresh_token": me.refresh_token})
    assert (reused.status, reused.code) == (401, "refresh_token_reused")
    last = client.post("/v1/login/refresh", {"refresh_token": second.json()["refresh_token"]})
    assert (last.status, last.code) == (401, "invalid_refresh_token")


def test_log_out_ends_the_family_and_forged_tokens_mean_nothing(client: ApiClient) -> None:
    me = log_in(client)
    assert client.post("/v1/logout", {"refresh_token": "x.1.y"}).status == 204
    assert client.post("/v1/logout", {"refresh_token": me.refresh_token}).status == 204
    answer = client.post("/v1/login/refresh", {"refresh_token": me.refresh_token})
    assert (answer.status, answer.code) == (401, "invalid_refresh_token")
    forged = me.refresh_token.replace(".1.", ".2.")
    answer = client.post("/v1/login/refresh", {"refresh_token": forged})
    assert answer.code == "invalid_refresh_token"


def test_an_old_token_is_expired(client: ApiClient, clock: TestClock) -> None:
    me = log_in(client)
    clock.advance(3600)
    answer = client.get("/v1/me", token=me.token)
    assert (answer.status, answer.code) == (401, "token_expired")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_identity_raises_the_level_once_and_is_shown_masked(client: ApiClient) -> None:
    me, number = log_in(client), id_number()
    body = {"name": "张三丰", "id_number": number}
    seen = client.put("/v1/me/identity", body, token=me.token).json()
    assert seen["verification_level"] == "real_name"
    assert seen["id_number"] == f"{number[:3]}***********{number[-4:]}"
    assert seen["name"] == "张**"
    assert client.put("/v1/me/identity", body, token=me.token).status == 200
    other = client.put("/v1/me/identity", {**body, "id_number": id_number()}, token=me.token)
    assert (other.status, other.code) == (409, "identity_already_set")


@pytest.mark.parametrize(
    "number", ["", "x", "11010519491231002", "110105194912310021", "330203199002300018"]
)
def test_what_is_no_number_is_refused(client: ApiClient, number: str) -> None:
    body = {"name": "张三", "id_number": number}
    answer = client.put("/v1/me/identity", body, token=log_in(client).token)
    assert answer.status == 422
    assert answer.json()["errors"][0]["pointer"] == "/id_number"


def test_the_profile_changes_and_the_phone_is_masked(client: ApiClient) -> None:
    me = log_in(client)
    change = {"display_name": "老王", "phone": "13812345678", "large_text": True, "locale": "en"}
    assert client.patch("/v1/me", change, token=me.token).status == 200
    seen = client.get("/v1/me", token=me.token).json()
    assert (seen["display_name"], seen["phone"]) == ("老王", "138****5678")
    assert (seen["large_text"], seen["locale"]) == (True, "en")
    assert client.patch("/v1/me", {"phone": None}, token=me.token).json()["phone"] is None


def test_a_family_holds_eight_and_is_nobody_elses(client: ApiClient) -> None:
    me, other = log_in(client), log_in(client)

    def add(number: str, key: str) -> int:
        body = {"name": "小明", "id_number": number, "relation": "child"}
        headers = {"Idempotency-Key": key}
        return client.post("/v1/me/family", body, token=me.token, headers=headers).status

    first = id_number()
    assert add(first, "first-member") == 201
    assert add(first, "first-member") == 201
    assert add(first, "again-member") == 409
    assert [add(id_number(), new_id()) for _ in range(8)] == [201] * 7 + [409]
    members = client.get("/v1/me/family", token=me.token).json()["items"]
    assert len(members) == 8
    path = f"/v1/me/family/{members[0]['member_id']}"
    assert client.delete(path, token=other.token).status == 404
    assert client.delete(path, token=me.token).status == 204
    assert client.delete(path, token=me.token).status == 404


def test_who_was_taken_off_the_family_does_not_come_back_by_a_retry(client: ApiClient) -> None:
    me, number = log_in(client), id_number()
    body = {"name": "小明", "id_number": number, "relation": "child"}

    def add(key: str, **more: str) -> Answer:
        headers = {"Idempotency-Key": key}
        return client.post("/v1/me/family", {**body, **more}, token=me.token, headers=headers)

    def family() -> list[str]:
        items = client.get("/v1/me/family", token=me.token).json()["items"]
        return [one["member_id"] for one in items]

    first = add("first-member").json()["member_id"]
    assert client.delete(f"/v1/me/family/{first}", token=me.token).status == 204
    assert add("first-member").code == "not_found"
    assert add("first-member", relation="parent").code == "idempotency_key_reused"
    assert family() == []
    assert book(client, me, new_slot(), for_member=first).status == 422
    again = add("second-member").json()["member_id"]
    assert family() == [again]
    [held] = [one for one in MemberRecord.query(f"C#{me.citizen_id}") if one.sk == f"M#{first}"]
    assert (held.person, held.relation, held.sealed) == ("", "", {})


def test_staff_log_in_and_are_locked_out_after_five_failures(client: ApiClient) -> None:
    name = new_code()
    staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({"hall-1"}))

    def attempt(password: str) -> tuple[int, str]:
        answer = client.post("/v1/staff/login", {"username": name, "password": password})
        return answer.status, answer.json().get("code", "")

    answer = client.post("/v1/staff/login", {"username": name, "password": "right"})
    assert (answer.json()["roles"], answer.json()["office_ids"]) == (["clerk"], ["hall-1"])
    assert [attempt("wrong") for _ in range(5)] == [(401, "invalid_credentials")] * 5
    assert attempt("right") == (429, "account_locked")


def _tries(name: str, source: str, words: list[str], now: datetime) -> list[int]:
    found = []
    for word in words:
        try:
            staff.log_in(staff.Credentials(name, word), source, now)
            found.append(200)
        except Problem as problem:
            found.append(problem.status)
    return found


def test_nobody_elsewhere_locks_a_clerk_out_and_waits_grow(client: ApiClient) -> None:
    name, home, elsewhere = new_code(), new_code(), new_code()
    now = datetime(2026, 12, 1, 1, tzinfo=UTC)
    staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({"hall-1"}))
    assert _tries(name, elsewhere, ["wrong"] * 7, now) == [401] * 5 + [429] * 2
    assert _tries(name, home, ["right"], now) == [200]
    waits = []
    for _ in range(3):
        with pytest.raises(AccountLocked) as refused:
            staff.log_in(staff.Credentials(name, "wrong"), elsewhere, now)
        waits.append(refused.value.retry_after or 0)
        now += timedelta(seconds=waits[-1])
        assert _tries(name, elsewhere, ["wrong"], now) == [401]
    assert waits == sorted(set(waits))


def test_many_names_from_one_address_are_slowed_and_a_known_one_is_not(client: ApiClient) -> None:
    name, source, now = new_code(), new_code(), datetime(2026, 12, 1, 1, tzinfo=UTC)
    staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({"hall-1"}))
    assert _tries(name, source, ["right"] * 30, now) == [200] * 30
    answers = [_tries(new_code(), source, ["wrong"], now)[0] for _ in range(25)]
    assert answers == [401] * 21 + [429] * 4
    assert _tries(name, source, ["right"], now) == [200]


def test_many_guesses_at_once_are_few_tries(client: ApiClient) -> None:
    name, source, now = new_code(), new_code(), datetime(2026, 12, 1, 1, tzinfo=UTC)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _tries(name, source, ["x"], now)[0], range(20)))
    assert answers.count(401) <= 5


def test_a_one_time_code_is_asked_for_and_works_once(client: ApiClient, clock: TestClock) -> None:
    name, secret = new_code(), pyotp.random_base32()
    clock.set(datetime(2026, 12, 1, 1, tzinfo=UTC))
    staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({"hall-1"}), secret)
    body = {"username": name, "password": "right"}
    assert client.post("/v1/staff/login", body).code == "totp_required"
    code = pyotp.TOTP(secret).at(datetime(2026, 12, 1, 1, tzinfo=UTC))
    assert client.post("/v1/staff/login", {**body, "totp": code}).status == 200
    assert client.post("/v1/staff/login", {**body, "totp": code}).code == "invalid_credentials"


def test_the_keys_are_published_without_private_parts(client: ApiClient) -> None:
    keys = client.get("/v1/keys").json()["keys"]
    assert {key["purpose"] for key in keys} == {"token", "pass", "certificate"}
    assert not any("d" in key for key in keys)


def test_guesses_of_codes_at_once_are_as_many_as_one_by_one(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime(2032, 1, 1, 0, 1, tzinfo=UTC))
    start = threading.Barrier(40)

    def guess(number: int) -> int:
        start.wait()
        return client.post("/v1/login", {"platform": "demo", "code": f"NO CODE {number}"}).status

    with ThreadPoolExecutor(40) as pool:
        answers = sorted(pool.map(guess, range(40)))
    assert answers == [401] * 20 + [429] * 20


def test_nothing_personal_is_kept_in_clear(client: ApiClient) -> None:
    from chalicelib.identity import storage

    me, number = log_in(client), id_number()
    client.put("/v1/me/identity", {"name": "诸葛孔明", "id_number": number}, token=me.token)
    profile = storage.load_profile(me.citizen_id)
    assert number not in repr(profile)
    assert "诸葛孔明" not in repr(profile)


def test_who_guesses_codes_is_slowed_and_others_platforms_are_not(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime(2031, 1, 1, 0, 1, tzinfo=UTC))
    body = {"platform": "demo", "code": "NOT A CODE"}
    answers = [client.post("/v1/login", body) for _ in range(21)]
    assert {a.code for a in answers[:20]} == {"invalid_login_code"}
    assert (answers[20].status, answers[20].code) == (429, "too_many_requests")
    assert 0 < int(answers[20].headers["retry-after"]) <= 300
    good = {"platform": "demo", "code": new_code()}
    assert client.post("/v1/login", good).status == 429
    clock.set(datetime(2031, 1, 1, 0, 6, tzinfo=UTC))
    assert client.post("/v1/login", good).status == 200


def test_no_log_line_tells_anything_personal(
    client: ApiClient, capfd: pytest.CaptureFixture[str]
) -> None:
    me, number, code = log_in(client), id_number(), new_code()
    log_in(client, code)
    client.put("/v1/me/identity", {"name": "诸葛孔明", "id_number": number}, token=me.token)
    client.patch("/v1/me", {"phone": "13912345678"}, token=me.token)
    client.get("/v1/me", token="x.y.z")
    logged = capfd.readouterr().err
    for word in (number, "诸葛孔明", "13912345678", me.token, me.refresh_token, code):
        assert word not in logged
