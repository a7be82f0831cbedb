"""A citizen's wrapped key is kept apart from all that it seals."""

from dataclasses import replace

import pytest

from chalicelib.core import dependencies
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service, storage
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.service import profiles
from tests.identity.restored import as_the_former_release_kept, stored
from tests.mandates.world import company_of, person
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import log_in, log_in_again


def opens(citizen_id: str, wrapped: bytes) -> bool:
    """Tell whether a wrapped key opens what is sealed in the profile."""
    key = dependencies.vault().key_of(citizen_id, wrapped)
    profile = storage.load_profile(citizen_id)
    assert profile
    return bool(profiles.open_fields(key, profile.sealed))


def test_the_key_is_in_its_own_table_and_nothing_beside_it(client: ApiClient) -> None:
    me = log_in(client)
    organisation = company_of(me.citizen_id)["organisation_id"]
    for subject in (me.citizen_id, organisation):
        item = stored("keys", f"C#{subject}", "key")
        assert {*item} == {"pk", "sk", "key"}
        assert opens(subject, item["key"]["B"])
        profile = stored("identity", f"C#{subject}", "profile")
        assert (profile["key"], profile["schema"]) == ({"S": "00"}, {"N": "2"})


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/family"])
def test_profile_and_key_are_one_read_and_the_key_is_remembered(
    client: ApiClient, path: str
) -> None:
    me = log_in(client)
    with metered() as first:
        assert client.get(path, token=me.token).status == 200
    with metered() as second:
        assert client.get(path, token=me.token).status == 200
    assert (first.trips, second.trips) == (1, 1)
    assert first.rcu - second.rcu == 0.5


def test_a_change_reads_the_key_with_what_it_changes(client: ApiClient) -> None:
    me = log_in(client)
    with metered() as cost:
        changed = client.send("PATCH", "/v1/me", b'{"phone": "13812345678"}', token=me.token)
    assert changed.status == 200
    assert cost.calls == ["BatchGetItem", "TransactWriteItems"]


def test_the_erased_have_no_key_in_any_table(client: ApiClient) -> None:
    me = log_in(client)
    assert client.delete("/v1/me", token=me.token).status == 204
    assert stored("keys", f"C#{me.citizen_id}", "key") == {}
    assert stored("identity", f"C#{me.citizen_id}", "profile")["key"] == {"S": ""}


def test_an_account_that_was_restored_without_its_key_shows_nothing(client: ApiClient) -> None:
    me = log_in(client)
    keys.delete_key(me.citizen_id)
    profiles.keys.drop(me.citizen_id)
    assert client.get("/v1/me", token=me.token).status == 401
    assert service.clear_of(me.citizen_id) == {}
    with pytest.raises(Unauthenticated):
        service.key_of(me.citizen_id)


def test_this_release_reads_changes_and_erases_what_the_former_one_wrote(
    client: ApiClient, morning: TestClock
) -> None:
    me = person(client)
    shown = client.get("/v1/me", token=me.token).json()
    wrapped = as_the_former_release_kept(me.citizen_id)
    assert client.get("/v1/me", token=me.token).json() == shown
    profiles.keys.drop(me.citizen_id)
    sealed = service.key_of(me.citizen_id).seal("note", "mine")
    assert client.patch("/v1/me", {"display_name": "小王"}, token=me.token).status == 200
    # What was changed can still be read by the former release.
    assert stored("identity", f"C#{me.citizen_id}", "profile")["key"] == {"S": wrapped}
    key = dependencies.vault().key_of(me.citizen_id, bytes.fromhex(wrapped))
    assert key.open("note", sealed) == "mine"
    assert client.delete("/v1/me", token=log_in_again(client, me).token).status == 204
    assert service.is_erased(me.citizen_id)


def test_beside_the_former_release_keys_stay_where_it_looks_for_them(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = replace(SETTINGS, keys_in_profiles=True)
    monkeypatch.setattr(profiles, "SETTINGS", beside)
    me = log_in(client)
    for subject in (me.citizen_id, company_of(me.citizen_id)["organisation_id"]):
        profile = stored("identity", f"C#{subject}", "profile")
        assert "schema" not in profile
        assert opens(subject, bytes.fromhex(profile["key"]["S"]))
        assert stored("keys", f"C#{subject}", "key") == {}
    assert client.delete("/v1/me", token=me.token).status == 204
    assert stored("identity", f"C#{me.citizen_id}", "profile")["key"] == {"S": ""}


def test_the_former_release_takes_nobody_for_erased_whose_key_is_apart(client: ApiClient) -> None:
    me = log_in(client)
    # It asked whether there was any text, and unwrapped that.
    kept = stored("identity", f"C#{me.citizen_id}", "profile")["key"]["S"]
    assert kept
    assert bytes.fromhex(kept)
