import pytest

from chalicelib.core.crypto import Vault
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.ids import new_id
from chalicelib.identity import service
from tests.support.client import ApiClient
from tests.support.meter import metered
from tests.support.people import log_in, log_in_again, new_code


def test_a_citizens_key_is_read_once_and_opens_what_it_sealed(client: ApiClient) -> None:
    me = log_in(client)
    with metered() as first:
        sealed = service.key_of(me.citizen_id).seal("address", "江东北路 1 号")
    with metered() as second:
        assert service.key_of(me.citizen_id).open("address", sealed) == "江东北路 1 号"
    assert (first.trips, second.trips) == (1, 0)


def test_a_destroyed_key_is_not_remembered(client: ApiClient) -> None:
    me = log_in(client)
    service.key_of(me.citizen_id)
    assert client.delete("/v1/me", token=me.token).status == 204
    with pytest.raises(Unauthenticated):
        service.key_of(me.citizen_id)
    with pytest.raises(NotFound):
        service.key_of(new_id(8))


def test_a_log_in_asks_for_the_key_only_of_who_chose_a_name(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, asked, key_of = new_code(), list[str](), Vault.key_of
    me = log_in(client, code)

    def counted(vault: Vault, subject: str, wrapped: bytes) -> object:
        asked.append(subject)
        return key_of(vault, subject, wrapped)

    monkeypatch.setattr(Vault, "key_of", counted)
    me = log_in_again(client, log_in(client, code))
    assert asked == []
    assert client.patch("/v1/me", {"display_name": "小王"}, token=me.token).status == 200
    asked.clear()
    given = client.post("/v1/login", {"platform": "demo", "code": code}).json()
    assert given["citizen"]["display_name"] == "小王"
    assert len(asked) <= 1
