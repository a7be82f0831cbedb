import pytest

from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.ids import new_id
from chalicelib.identity import service
from tests.support.client import ApiClient
from tests.support.meter import metered
from tests.support.people import log_in


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
