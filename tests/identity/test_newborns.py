"""Newborns who have no number yet: named by a birth certificate, by their parents alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.errors import InvalidRequest
from chalicelib.core.id_documents import Document, document_of, fields_of, read_document
from chalicelib.identity.service import joined_accounts
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, be_adult, log_in, log_in_again

TODAY = date(2026, 12, 1)
NUMBER = "K330123456"


def add(client: ApiClient, parent: Citizen, **changes: Any) -> Answer:
    body = {"name": "张小宝", "document_type": "birth_certificate", "id_number": NUMBER}
    given = {**body, "relation": "child", **changes}
    return client.post("/v1/me/family", given, token=parent.token)


@pytest.fixture
def parent(client: ApiClient, clock: TestClock) -> Citizen:
    clock.set(datetime(2038, 3, 1, 2, tzinfo=UTC))
    me = log_in(client)
    be_adult(client, me)
    return log_in_again(client, me)


@pytest.mark.parametrize("typed", [NUMBER, "k330123456", "Ｋ３３０ 123456", "Z000000000"])
def test_a_birth_certificate_is_read_as_it_is_typed(typed: str) -> None:
    read = read_document(typed, TODAY, "birth_certificate")
    assert read.number[0] in "KZ"
    assert len(read.number) == 10
    assert read.born is None
    assert document_of(fields_of(read)) == read


@pytest.mark.parametrize("typed", ["K33012345", "K3301234567", "1330123456", "KK30123456", ""])
def test_what_is_no_birth_certificate_is_told_at_its_field(typed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_document(typed, TODAY, "birth_certificate")
    assert refused.value.errors[0].pointer == "/id_number"


def test_it_is_never_guessed_and_shown_masked() -> None:
    with pytest.raises(InvalidRequest):
        read_document(NUMBER, TODAY)
    read = Document("birth_certificate", NUMBER)
    assert read.masked == "K******456"
    assert read.person_key == f"birth_certificate::{NUMBER}"
    with pytest.raises(InvalidRequest):
        read_document(NUMBER, TODAY, "birth_certificate", "DEU")


def test_parents_act_for_a_newborn_for_a_year(
    client: ApiClient, clock: TestClock, parent: Citizen
) -> None:
    made = add(client, parent)
    assert (made.status, made.json()["status"]) == (201, "active")
    assert made.json()["id_number"] == "K******456"
    path = f"/v1/me/mandates/{parent.citizen_id}{made.json()['member_id']}"
    assert client.get(path, token=parent.token).json()["until"] == "2039-03-01"
    for days, status in ((365, "active"), (1, "offered")):
        clock.advance(timedelta(days=days).total_seconds())
        parent = log_in_anew(client, parent)
        [shown] = client.get("/v1/me/family", token=parent.token).json()["items"]
        assert shown["status"] == status


def log_in_anew(client: ApiClient, who: Citizen) -> Citizen:
    """Return a citizen with fresh tokens, however long it has been."""
    from chalicelib.core import dependencies
    from chalicelib.identity import storage
    from chalicelib.identity.service import sessions

    profile = storage.load_profile(who.citizen_id)
    assert profile
    now = dependencies.clock().now()
    owner, caller = joined_accounts.owner_of(profile, now)
    generation = joined_accounts.generation_of(profile, owner)
    session = sessions.start(caller, "citizen", who.citizen_id, now, generation)
    return Citizen(who.citizen_id, session.access_token, session.refresh_token)


@pytest.mark.parametrize("relation", ["spouse", "parent", "other"])
def test_nobody_but_parents_names_a_newborn(
    client: ApiClient, parent: Citizen, relation: str
) -> None:
    refused = add(client, parent, relation=relation)
    [error] = refused.json()["errors"]
    assert (refused.status, error["pointer"], error["code"]) == (422, "/relation", "parents_only")


def test_whom_no_register_knows_as_a_parent_is_not_one(client: ApiClient) -> None:
    stranger = log_in(client)
    assert add(client, stranger).json()["status"] == "offered"
    be_adult(client, stranger)
    [shown] = client.get("/v1/me/family", token=stranger.token).json()["items"]
    assert shown["status"] == "active"


def test_nobody_proves_who_they_are_by_it(client: ApiClient, parent: Citizen) -> None:
    me = log_in(client)
    for named in ({"document_type": "birth_certificate"}, {}):
        body = {"name": "张小宝", "id_number": NUMBER, **named}
        refused = client.put("/v1/me/identity", body, token=me.token)
        assert refused.status == 422
