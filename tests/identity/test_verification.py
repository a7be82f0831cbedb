"""Who somebody is: documents of all types, names of all kinds, and guesses that are counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.errors import Problem
from chalicelib.core.id_documents import DOCUMENT_TYPES, Document
from chalicelib.identity import storage
from chalicelib.identity.domain import PlatformCodeRefused, Proof, ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.identity.service import verification
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, id_number, log_in, log_in_again, new_code

NUMBERS = {
    "resident_id": id_number(),
    "hk_macao_residence_permit": id_number("810000"),
    "taiwan_residence_permit": id_number("830000"),
    "foreign_permanent_residence": id_number("933276"),
    "passport": "C01X00T47",
    "hk_macao_travel_permit": "H12345678",
    "taiwan_travel_permit": "12345678",
}
NAMES = [
    "李",
    "𠮷𠮷",
    "O’Neill-Smith, Seán",
    "Sukarno",
    "阿卜杜拉•买买提",
    "W" * 50,
]


class Authority:
    """An authority that says what a test says; it knows one person."""

    proof: Proof = "match"
    document_types: Any = DOCUMENT_TYPES
    confirms: bool | None = None

    def __init__(self) -> None:
        self.asked: list[IdentityClaim] = []

    def confirm(self, claim: IdentityClaim) -> bool:
        self.asked.append(claim)
        if self.confirms is None:
            raise ProviderUnavailable(retry_after=1)
        return self.confirms or claim.name == "诸葛孔明"


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Authority:
    one = Authority()
    monkeypatch.setattr(verification, "identity_authority", lambda: one)
    return one


def give(client: ApiClient, me: Citizen, **body: Any) -> Any:
    given = {"name": "诸葛亮", "id_number": id_number(), **body}
    return client.put("/v1/me/identity", given, token=me.token)


@pytest.mark.parametrize("kind", DOCUMENT_TYPES)
def test_every_document_makes_a_person_and_is_shown_masked(client: ApiClient, kind: str) -> None:
    number, seen = NUMBERS[kind], []
    for named in ({"document_type": kind}, {}):
        # Who was erased may come again: the person is free.
        me = log_in(client)
        answer = give(client, me, id_number=number, **named)
        assert (answer.status, answer.json()["verification_level"]) == (200, "real_name")
        again = client.get("/v1/me", token=me.token).json()
        assert (again["document_type"], again["proof"]) == (kind, "platform")
        assert again["id_number"] == answer.json()["id_number"]
        assert number not in again["id_number"]
        profile = storage.load_profile(me.citizen_id)
        assert profile
        seen.append(profile.person)
        assert number not in repr(profile)
        export = client.get("/v1/me/export", token=me.token).json()["profile"]
        assert (export["document_type"], export["id_number"]) == (kind, number)
        assert client.delete("/v1/me", token=me.token).status == 204
    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", DOCUMENT_TYPES)
def test_family_comes_with_documents_of_every_type(client: ApiClient, kind: str) -> None:
    me = log_in(client)
    body = {"name": "小明", "id_number": NUMBERS[kind], "relation": "child"}
    added = client.post("/v1/me/family", {**body, "document_type": kind}, token=me.token)
    assert (added.status, added.json()["document_type"]) == (201, kind)
    (listed,) = client.get("/v1/me/family", token=me.token).json()["items"]
    assert listed == added.json()
    assert "*" in listed["id_number"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_taken_as_people_have_them(client: ApiClient, name: str) -> None:
    me, number = log_in(client), id_number()
    assert give(client, me, name=name, id_number=number).status == 200
    shown = client.get("/v1/me", token=me.token).json()["name"]
    assert "*" in shown
    assert shown != name
    # The same name, its signs typed otherwise.
    typed = name.translate(str.maketrans("’•-", "'・‐"))
    before = storage.load_profile(me.citizen_id)
    assert give(client, me, name=typed, id_number=number).status == 200
    assert storage.load_profile(me.citizen_id) == before


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"document_type": "library_card"}, "/document_type"),
        ({"document_type": None, "id_number": ""}, "/id_number"),
        ({"document_type": "passport"}, "/id_number"),
        ({"document_type": "passport", "id_number": "C01X00T47", "country": "QQQ"}, "/country"),
        ({"country": "DEUTSCHLAND"}, "/country"),
        ({"country": 276}, "/country"),
        ({"id_number": ["1"]}, "/id_number"),
        ({"name": "W" * 51}, "/name"),
        ({"name": "·"}, "/name"),
        ({"nationality": "DEU"}, "/nationality"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    client: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    answer = give(client, log_in(client), **wrong)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_an_authority_that_is_down_leaves_a_citizen_as_they_are(
    client: ApiClient, authority: Authority
) -> None:
    me = log_in(client)
    answers = [give(client, me) for _ in range(7)]
    assert {(a.status, a.code, a.headers["retry-after"]) for a in answers} == {
        (503, "provider_unavailable", "1")
    }
    assert client.get("/v1/me", token=me.token).json()["verification_level"] == "basic"
    authority.confirms = True
    assert give(client, me).status == 200


def test_a_document_that_the_authority_does_not_know_is_no_guess(
    client: ApiClient, authority: Authority
) -> None:
    authority.confirms, authority.document_types = False, ("resident_id",)
    answers = [give(client, log_in(client), id_number="C01X00T47") for _ in range(2)]
    assert {(a.status, a.json()["errors"][0]["pointer"]) for a in answers} == {
        (422, "/document_type")
    }


def test_five_refusals_a_day_are_all_that_an_account_has(
    client: ApiClient, clock: TestClock, authority: Authority
) -> None:
    clock.set(datetime(2032, 2, 1, 4, tzinfo=UTC))
    authority.confirms, number, me = False, id_number(), log_in(client)
    guesses = [give(client, me, name=f"诸葛{n}", id_number=number) for n in range(5)]
    assert {(a.status, a.code) for a in guesses} == {(422, "identity_not_confirmed")}
    right = give(client, me, name="诸葛孔明", id_number=number)
    assert (right.status, right.code) == (429, "too_many_requests")
    # Until the day ends in Shanghai, some seconds later than the guesses began.
    assert 0 <= 12 * 3600 - int(right.headers["retry-after"]) < 60
    clock.set(datetime(2032, 2, 1, 16, tzinfo=UTC))
    me = log_in_again(client, me)
    assert give(client, me, name="诸葛孔明", id_number=number).status == 200


def tried(source: str, citizen_id: str, now: datetime) -> int:
    """Return the status of a try at a name from a network address."""
    claim = IdentityClaim("诸葛", Document("resident_id", id_number()))
    try:
        verification.verify_identity(citizen_id, claim, source, now)
    except Problem as problem:
        return problem.status
    return 200


def test_twenty_refusals_a_day_are_all_that_a_source_has(
    client: ApiClient, authority: Authority
) -> None:
    now, near, far = datetime(2032, 3, 1, 4, tzinfo=UTC), new_code(), new_code()
    authority.confirms = False
    people = [log_in(client).citizen_id for _ in range(5)]
    assert [tried(near, who, now) for who in people[:4] for _ in range(5)] == [422] * 20
    assert tried(near, people[4], now) == 429
    # What the source was refused for is not the account's.
    assert [tried(far, people[4], now) for _ in range(6)] == [422] * 5 + [429]
    authority.confirms = True
    assert tried(far, log_in(client).citizen_id, now) == 200


def test_guesses_at_once_are_as_many_as_one_by_one(client: ApiClient, authority: Authority) -> None:
    now, source, authority.confirms = datetime(2032, 5, 1, 4, tzinfo=UTC), new_code(), False
    people = [log_in(client).citizen_id for _ in range(12)]
    with ThreadPoolExecutor(36) as pool:
        answers = list(pool.map(lambda who: tried(source, who, now), people * 3))
    assert sorted(answers) == [422] * 20 + [429] * 16


def test_many_in_a_hall_are_confirmed_at_once(client: ApiClient, authority: Authority) -> None:
    now, source, authority.confirms = datetime(2032, 6, 1, 4, tzinfo=UTC), new_code(), True
    people = [log_in(client).citizen_id for _ in range(30)]
    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(lambda who: tried(source, who, now), people)) == [200] * 30


def test_confirmed_pairs_are_not_counted(
    client: ApiClient, clock: TestClock, authority: Authority
) -> None:
    clock.set(datetime(2032, 4, 1, 4, tzinfo=UTC))
    authority.confirms = True
    assert {give(client, log_in(client)).status for _ in range(25)} == {200}
    me, number = log_in(client), id_number()
    assert {give(client, me, id_number=number).status for _ in range(8)} == {200}


def test_a_better_proof_takes_a_weaker_ones_place_and_never_back(
    client: ApiClient, authority: Authority
) -> None:
    authority.confirms, me, number = True, log_in(client), id_number()
    proofs: list[Proof] = ["match", "platform", "match", "counter", "platform"]
    seen = []
    for proof in proofs:
        authority.proof = proof
        seen.append(give(client, me, id_number=number).json()["proof"])
    assert seen == ["match", "platform", "platform", "counter", "counter"]


@pytest.fixture
def on_platforms_alone(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The demonstration's accounts have a platform that is asked, and nobody else is."""
    monkeypatch.setattr(verification, "identity_authority", lambda: None)
    monkeypatch.setattr(
        verification, "platform_authority", lambda name: authority if name == "demo" else None
    )
    authority.proof = "platform"
    return authority


def test_a_platform_is_asked_by_its_code_about_its_own_account(
    client: ApiClient, on_platforms_alone: Authority
) -> None:
    code, on_platforms_alone.confirms = new_code(), True
    me = log_in(client, code)
    seen = give(client, me, platform_code="agreed").json()
    assert (seen["verification_level"], seen["proof"]) == ("real_name", "platform")
    (claim,) = on_platforms_alone.asked
    assert (claim.account, claim.code) == (code, "agreed")


def test_where_only_platforms_are_asked_a_code_is_needed(
    client: ApiClient, on_platforms_alone: Authority
) -> None:
    answer = give(client, log_in(client))
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/platform_code")
    assert not on_platforms_alone.asked


@pytest.mark.parametrize("code", ["x", "签"])
def test_a_platform_that_is_not_believed_is_not_asked(client: ApiClient, code: str) -> None:
    # The settings of the tests name no platform.
    answer = give(client, log_in(client), platform_code=code)
    assert (answer.status, answer.json()["errors"][0]["code"]) == (
        422,
        "platform_code_unsupported",
    )


def test_a_code_that_the_platform_refuses_is_pointed_at(
    client: ApiClient, on_platforms_alone: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: IdentityClaim) -> bool:
        raise PlatformCodeRefused

    monkeypatch.setattr(on_platforms_alone, "confirm", refuse)
    answer = give(client, log_in(client), platform_code="another's")
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/platform_code")


@pytest.mark.parametrize("code", ["", 1, ["x"], "x" * 16385])
def test_what_is_no_code_is_pointed_at(client: ApiClient, code: Any) -> None:
    answer = give(client, log_in(client), platform_code=code)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/platform_code"]


def test_who_was_verified_before_is_the_same_person(client: ApiClient) -> None:
    from chalicelib.core import dependencies

    me, number = log_in(client), id_number()
    give(client, me, id_number=number)
    profile = storage.load_profile(me.citizen_id)
    assert profile
    assert profile.person == dependencies.vault().keyed_hash("person", number)
