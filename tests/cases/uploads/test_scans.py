"""Scans that staff make at the counter: announced, sent, and taken by their hall alone."""

from typing import Any

import pytest

from chalicelib.cases.uploads.service import scans
from chalicelib.core.auth import Staff
from chalicelib.core.errors import InvalidRequest
from chalicelib.core.ids import new_id
from tests.cases.uploads.world import PDF, announced, put, scanned, sent
from tests.support.cases import HALL, verified, worker, worker_of
from tests.support.client import ApiClient

OTHER = "hall-330203"
PATH = "/v1/admin/uploads"


def staff_of(*halls: str) -> Staff:
    return Staff("clerk", frozenset({"clerk"}), frozenset(halls))


def refused(staff: Staff, upload_id: str) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as raised:
        scans.check(staff, upload_id)
    [error] = raised.value.errors
    return error.pointer, error.code


def test_a_scan_is_sent_once_and_taken_by_its_hall_alone(client: ApiClient) -> None:
    desk, key = worker(client), {"Idempotency-Key": new_id()}
    room = client.post(PATH, announced(), token=desk, headers=key)
    again = client.post(PATH, announced(), token=desk, headers=key)
    assert (room.status, again.status) == (201, 201)
    assert again.json()["upload_id"] == room.json()["upload_id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(PATH, announced(b"%PDF-other"), token=desk, headers=key)
    assert other.code == "idempotency_key_reused"
    upload_id = room.json()["upload_id"]
    assert refused(staff_of(HALL), upload_id) == ("/upload_id", "not_uploaded")
    assert put(room.json(), PDF) == 200
    for _ in range(2):
        assert scans.check(staff_of(HALL, OTHER), upload_id) == HALL
    assert refused(staff_of(OTHER), upload_id) == ("/upload_id", "unknown_upload")
    assert refused(staff_of(HALL), new_id()) == ("/upload_id", "unknown_upload")


def test_a_citizens_file_is_no_scan_and_a_scan_is_no_citizens(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    assert refused(staff_of(HALL), sent(client, me)) == ("/upload_id", "unknown_upload")
    path = f"/v1/uploads/{scanned(client, desk)}"
    assert client.get(path, token=me.token).status == 404


@pytest.mark.parametrize(
    ("named", "hall"), [({}, HALL), ({"office_id": HALL}, HALL), ({"office_id": OTHER}, OTHER)]
)
def test_a_scan_is_of_the_hall_that_is_named_or_of_the_first(
    client: ApiClient, named: dict[str, Any], hall: str
) -> None:
    desk = worker_of(client, "clerk", {HALL, OTHER})
    assert scans.check(staff_of(HALL, OTHER), scanned(client, desk, **named)) == hall


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"office_id": OTHER}, "/office_id"),
        ({"office_id": "hall-of-nowhere"}, "/office_id"),
        ({"content_type": "text/html"}, "/content_type"),
        ({"size": 0}, "/size"),
        ({"size": 10 * 1024 * 1024 + 1}, "/size"),
        ({"sha256": "0" * 63}, "/sha256"),
        ({"file_name": ""}, "/file_name"),
        ({"citizen_id": "abcdefgh"}, "/citizen_id"),
    ],
)
def test_what_is_wrong_with_a_scan_is_pointed_at(
    client: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    answer = client.post(PATH, announced(**wrong), token=worker(client))
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_scan_that_is_no_picture_is_refused(client: ApiClient) -> None:
    data = b"<html>no picture</html>"
    upload_id = scanned(client, worker(client), data)
    assert refused(staff_of(HALL), upload_id) == ("/upload_id", "not_its_type")
