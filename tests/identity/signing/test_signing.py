"""Signing by a PIN, played through the three acts that ask for it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import jwt
import pytest

from chalicelib.cases import storage as cases
from chalicelib.core import canonical_json, dependencies
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from chalicelib.identity import storage as citizens
from chalicelib.identity.signing import storage
from tests.mandates.world import agent_code, day, person, pointers, terms
from tests.support.cases import application, have_papers
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes, lost_answer
from tests.support.people import Citizen, log_in, log_in_again
from tests.support.signing import Unsigned, set_pin, sign, signature, to_leave

HOME = "property-transfer"


@pytest.fixture
def phone(client: ApiClient, morning: TestClock) -> Unsigned:
    return Unsigned()


@pytest.fixture
def me(phone: Unsigned) -> Citizen:
    who = person(phone)
    have_papers(who)
    return who


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_id(16)}


def lodged(
    phone: ApiClient, who: Citizen, body: dict[str, Any], given: str | None = None
) -> Answer:
    signed = {**body, "signature": given} if given else body
    return phone.post("/v1/cases", signed, token=who.token, headers=key())


def invalid(answer: Answer, why: str) -> bool:
    said = answer.json()
    return (answer.status, said["code"], said["reason"]) == (422, "signature_invalid", why)


def test_a_home_is_transferred_by_a_signature_over_what_was_shown(
    phone: Unsigned, me: Citizen
) -> None:
    home = {"name": "李梅", "phone": "13805741234", "detail": "中山西路 99 号"}
    body = application(HOME, delivery={**home, "division_code": "330203"})
    attempt = key()
    refused = lodged(phone, me, body)
    assert (refused.status, refused.code) == (403, "signature_required")
    assert (refused.json()["act"], refused.json()["subject"]) == ("lodge", HOME)
    assert refused.json()["factors"] == []
    shown = {one["label"]: one["value"] for one in refused.json()["content"]["lines"]}
    assert (shown["申请人"], shown["申请人身份"], shown["成交价格（元）"]) == (
        "王**",
        "买方",
        "2150000",
    )
    # A paper is what its owner calls it, and which bytes it is.
    assert shown["居民身份证"] == "paper.pdf (upload-id-card)"
    # Where it is sent is read by names, not by codes of districts.
    assert shown["结果寄送"] == "李梅 13805741234 海曙区 中山西路 99 号"
    set_pin(phone, me.token)
    made = sign(phone, refused, me.token, subject=HOME)
    assert made.status == 201, made.body
    assert made.json()["digest"] == canonical_json.digest(refused.json()["content"])
    given = made.json()["signature"]
    first, again = (
        phone.post("/v1/cases", {**body, "signature": given}, token=me.token, headers=attempt)
        for _ in range(2)
    )
    assert (first.status, again.status, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert invalid(lodged(phone, me, body, given), "used")
    case_id = first.json()["case_id"]
    submitted = cases.load_entries(case_id)[0].data
    assert (submitted["digest"], submitted["factor"]) == (made.json()["digest"], "pin")
    held = phone.get("/v1/me/export", token=me.token).json()["signing"]
    [kept] = held["signatures"]
    assert (kept["used_for"], kept["content"]) == (case_id, refused.json()["content"])
    offline(phone, kept["signature"], kept["content"])


def offline(phone: ApiClient, token: str, content: object) -> None:
    """Verify a signature by the published keys alone, as a stranger would."""
    keys = {one["kid"]: one for one in phone.get("/v1/keys").json()["keys"]}
    public = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]]).key
    # The clock of the tests is not the machine's.
    free: Any = {"verify_exp": False, "verify_iat": False}
    said = jwt.decode(token, public, algorithms=["EdDSA"], options=free)
    assert said["digest"] == canonical_json.digest(content)
    assert said["exp"] - said["iat"] == 300


def test_a_page_that_showed_other_words_is_found_out(phone: Unsigned, me: Citizen) -> None:
    set_pin(phone, me.token)
    body = application(HOME)
    refused = lodged(phone, me, body)
    given = signature(phone, refused, me.token)
    dearer = {**body, "form": {**body["form"], "price_yuan": 2150001}}
    assert invalid(lodged(phone, me, dearer, given), "other_content")
    content = {**refused.json()["content"], "title": "领取奖品"}
    tricked = sign(phone, refused, me.token, content=content).json()["signature"]
    assert invalid(lodged(phone, me, body, tricked), "other_content")
    of_another_thing = sign(phone, refused, me.token, subject="elder-card").json()["signature"]
    assert invalid(lodged(phone, me, body, of_another_thing), "other_act")
    # Unused, and of this very content, it is good, in the other language too.
    shown = phone.post(
        "/v1/cases", body, token=me.token, headers={**key(), "Accept-Language": "en"}
    )
    assert shown.json()["content"]["title"] == "Lodge an application"
    assert lodged(phone, me, body, signature(phone, shown, me.token)).status == 201


def test_a_signature_is_anothers_old_or_of_a_factor_that_is_gone(
    phone: Unsigned, me: Citizen, clock: TestClock
) -> None:
    body, other = application(HOME), person(phone)
    have_papers(other)
    factor = set_pin(phone, me.token)
    refused = lodged(phone, me, body)
    given, later = signature(phone, refused, me.token), signature(phone, refused, me.token)
    assert invalid(lodged(phone, other, body, given), "unknown")
    for forged in ("x", f"{given[:-4]}AAAA", me.token, phone_proof(phone, me)):
        assert invalid(lodged(phone, me, body, forged), "unknown")
    assert phone.delete(f"/v1/me/factors/{factor}", token=me.token).status == 204
    assert invalid(lodged(phone, me, body, given), "revoked")
    # A PIN that is set by who has the log-in alone rests.
    set_pin(phone, me.token)
    assert pointers(sign(phone, refused, me.token)) == ["/factor"]
    clock.advance(300)
    assert invalid(lodged(phone, log_in_again(phone, me), body, later), "expired")


def phone_proof(phone: ApiClient, me: Citizen) -> str:
    """Return something else that the house signs by the same keys."""
    key = dependencies.certificate_keys().signing
    claims = {"iss": "onetrip", "sub": me.citizen_id, "jti": "x"}
    return jwt.encode(claims, key.private, "EdDSA", {"kid": key.kid, "typ": "dc+sd-jwt"})


def test_only_mandates_of_much_are_signed(phone: Unsigned, me: Citizen) -> None:
    agent = person(phone, name="林小明")
    few = {"services": ["id-card-renewal"], "actions": ["book", "lodge", "pay", "read"]}
    assert phone.post("/v1/me/mandates", terms(phone, agent, **few), token=me.token).status == 201
    set_pin(phone, me.token)
    for much in ({"services": ["id-card-renewal"], "actions": ["collect"]}, {"actions": ["book"]}):
        body, attempt = terms(phone, agent, **much), key()
        refused = phone.post("/v1/me/mandates", body, token=me.token)
        assert refused.code == "signature_required"
        lines = {one["label"]: one["value"] for one in refused.json()["content"]["lines"]}
        assert lines["受托人"].startswith("林** ")
        assert lines["代办码"] == body["agent_code"] == refused.json()["subject"]
        body |= {"signature": signature(phone, refused, me.token)}
        longer = {**body, "until": day(31)}
        assert invalid(phone.post("/v1/me/mandates", longer, token=me.token), "other_content")
        first, again = (
            phone.post("/v1/me/mandates", body, token=me.token, headers=attempt) for _ in range(2)
        )
        assert (first.status, again.status, again.json()) == (201, 201, first.json())
        # The code is used, which is told first.
        assert pointers(phone.post("/v1/me/mandates", body, token=me.token)) == ["/agent_code"]
        code = agent_code(phone, agent)
        other = phone.post("/v1/me/mandates", {**body, "agent_code": code}, token=me.token)
        assert invalid(other, "used")


def test_who_is_verified_signs_that_they_leave(phone: Unsigned, me: Citizen) -> None:
    nobody = log_in(phone)
    assert phone.delete("/v1/me", token=nobody.token).status == 204
    refused = phone.delete("/v1/me", token=me.token, headers={"Accept-Language": "en"})
    assert refused.code == "signature_required"
    assert refused.json()["content"]["title"] == "Erase my account"
    assert phone.get("/v1/me", token=me.token).status == 200
    headers = {"Onetrip-Signature": "x"}
    assert invalid(phone.delete("/v1/me", token=me.token, headers=headers), "unknown")
    headers = to_leave(phone, me.token)
    for _ in range(2):
        assert phone.delete("/v1/me", token=me.token, headers=headers).status == 204
    assert identity.is_erased(me.citizen_id)
    last = citizens.load_entries(me.citizen_id)[-1]
    assert (last.type, last.data["factor"]) == ("citizen.erased", "pin")
    assert storage.load_factors(me.citizen_id).items == ()
    [kept] = storage.list_used(me.citizen_id)
    assert (kept.used_for, kept.signature_id) == ("erasure", last.data["signature"])


def test_a_crash_anywhere_in_a_signed_lodging_uses_up_neither_or_both(phone: Unsigned) -> None:
    def act() -> Answer:
        return phone.post("/v1/cases", body, token=who.token, headers=attempt)

    who, body, attempt = signed_lodging(phone)
    for _ in crashes(act):
        first, again = act(), act()
        assert (first.status, again.status, again.json()) == (201, 201, first.json())
        [kept] = storage.list_used(who.citizen_id)
        assert kept.used_for == first.json()["case_id"]
        assert len(phone.get("/v1/cases", token=who.token).json()["items"]) == 1
        who, body, attempt = signed_lodging(phone)


def test_a_crash_anywhere_in_a_signed_erasure_is_gone_on_from(phone: Unsigned) -> None:
    def act() -> Answer:
        return phone.delete("/v1/me", token=who.token, headers=headers)

    who = person(phone)
    headers = to_leave(phone, who.token)
    # Whatever follows the use of the signature is another test's.
    for _ in islice(crashes(act), 8):
        assert act().status == 204
        assert identity.is_erased(who.citizen_id)
        assert len(storage.list_used(who.citizen_id)) == 1
        who = person(phone)
        headers = to_leave(phone, who.token)


def test_of_two_cases_at_once_one_has_the_signature(phone: Unsigned) -> None:
    who, body, _ = signed_lodging(phone)
    start = threading.Barrier(2)

    def race(_: int) -> Answer:
        start.wait()
        return phone.post("/v1/cases", body, token=who.token, headers=key())

    with ThreadPoolExecutor(2) as pool:
        won, lost = sorted(pool.map(race, range(2)), key=lambda one: one.status)
    assert won.status == 201
    assert invalid(lost, "used")


@pytest.mark.parametrize("act", ["lodge", "erase"])
def test_the_lost_answer_of_an_act_is_no_second_use(phone: Unsigned, act: str) -> None:
    who, body, attempt = signed_lodging(phone)
    with lost_answer("TransactWriteItems"):
        if act == "lodge":
            answer = phone.post("/v1/cases", body, token=who.token, headers=attempt)
        else:
            headers = to_leave(phone, who.token)
            answer = phone.delete("/v1/me", token=who.token, headers=headers)
    assert answer.status == (201 if act == "lodge" else 204), answer.body
    assert len(storage.list_used(who.citizen_id)) == 1


def signed_lodging(phone: ApiClient) -> tuple[Citizen, dict[str, Any], dict[str, str]]:
    who = person(phone)
    have_papers(who)
    set_pin(phone, who.token)
    body = application(HOME)
    given = signature(phone, lodged(phone, who, body), who.token)
    return who, {**body, "signature": given}, key()
