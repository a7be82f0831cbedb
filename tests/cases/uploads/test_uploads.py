"""Files on their way: announced, sent with real signatures, verified, kept, read by few."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from chalicelib.cases.uploads import domain, storage
from chalicelib.cases.uploads.domain import contents
from chalicelib.cases.uploads.providers import bucket
from chalicelib.core import aws
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.service import rate_limits
from tests.cases.uploads.world import PDF, announce, put, sent
from tests.support.cases import HALL, application, form_of, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, log_in_again

BEGINNINGS = {
    "application/pdf": PDF,
    "image/png": b"\x89PNG\r\n\x1a\n" + b"x" * 50,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"x" * 50,
    "image/heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"x" * 50,
}


def slip_in(who: Citizen, upload_id: str, data: bytes) -> None:
    """Put bytes where the phone's belong, as no signed URL would let anybody."""
    key = f"fresh/{who.citizen_id}/{upload_id}"
    aws.client("s3").put_object(Bucket=SETTINGS.upload_bucket, Key=key, Body=data)


def lodge(client: ApiClient, who: Citizen, upload_id: str, **extra: Any) -> Answer:
    [material] = application()["materials"]
    body = {**application(), "materials": [{**material, "upload_id": upload_id}], **extra}
    headers = {"Idempotency-Key": new_id()}
    return client.post("/v1/cases", body, token=who.token, headers=headers)


def told(answer: Answer) -> list[tuple[str, str]]:
    assert (answer.status, answer.code) == (422, "incomplete"), answer.body
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_file_is_sent_lodged_read_and_given_again(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    upload_id = sent(client, me)
    assert client.get(f"/v1/uploads/{upload_id}", token=me.token).status == 404
    made = lodge(client, me, upload_id)
    assert made.status == 201, made.body
    case_id = made.json()["case_id"]
    mine = client.get(f"/v1/uploads/{upload_id}", token=me.token).json()
    assert (mine["file_name"], mine["size"]) == ("证明.pdf", len(PDF))
    shown = httpx.get(mine["url"], trust_env=False)
    saved_as = f"attachment; filename*=UTF-8''{quote('证明.pdf')}"
    assert (shown.content, shown.headers["content-disposition"]) == (PDF, saved_as)
    [before] = client.get("/v1/me/materials", token=me.token).json()["items"]
    assert (before["upload_id"], before["case_id"]) == (upload_id, case_id)
    again = lodge(client, me, upload_id)
    assert again.status == 201
    path = f"/v1/admin/cases/{case_id}/materials/{before['material_id']}"
    assert httpx.get(client.get(path, token=desk).json()["url"], trust_env=False).content == PDF
    looked = client.get("/v1/me/accesses", token=me.token).json()["items"][0]
    assert looked["what"] == f"case:{case_id}/materials/{before['material_id']}"


@pytest.mark.parametrize("content_type", BEGINNINGS)
def test_each_type_is_known_by_its_beginning(client: ApiClient, content_type: str) -> None:
    me, data = verified(client), BEGINNINGS[content_type]
    assert lodge(client, me, sent(client, me, data, content_type=content_type)).status == 201
    assert contents.type_of(data) == content_type


def test_a_program_named_pdf_is_refused(client: ApiClient) -> None:
    me, program = verified(client), b"MZ\x90\x00" + b"x" * 100
    answer = lodge(client, me, sent(client, me, program, file_name="photo.pdf"))
    assert told(answer) == [("/materials/id-card", "not_its_type")]


def test_a_file_that_never_came_or_is_another_is_refused(client: ApiClient) -> None:
    me = verified(client)
    never = announce(client, me).json()["upload_id"]
    assert told(lodge(client, me, never)) == [("/materials/id-card", "not_uploaded")]
    for other in (PDF[:-1], PDF + b"x", PDF.replace(b"x", b"y")):
        upload_id = announce(client, me).json()["upload_id"]
        slip_in(me, upload_id, other)
        assert told(lodge(client, me, upload_id)) == [("/materials/id-card", "not_as_announced")]


def test_a_signed_url_takes_these_bytes_for_one_object_only(client: ApiClient) -> None:
    me = verified(client)
    announced, other = announce(client, me).json(), announce(client, me).json()
    assert put(announced, PDF + b"more") == 403
    assert put(announced, PDF, **{"Content-Type": "text/html"}) == 403
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert put(announced, PDF, **{"x-amz-checksum-sha256": wrong}) == 403
    elsewhere = announced["url"].replace(announced["upload_id"], other["upload_id"])
    assert put({**announced, "url": elsewhere}, PDF) == 403
    late = announced["url"].replace("X-Amz-Expires=600", "X-Amz-Expires=6000")
    assert put({**announced, "url": late}, PDF) == 403
    assert put(announced, PDF) == 200


def test_what_was_verified_cannot_be_changed_afterwards(client: ApiClient) -> None:
    me = verified(client)
    upload_id = sent(client, me)
    assert lodge(client, me, upload_id).status == 201
    slip_in(me, upload_id, b"%PDF-9 something else")
    url = client.get(f"/v1/uploads/{upload_id}", token=me.token).json()["url"]
    assert httpx.get(url, trust_env=False).content == PDF


def test_anothers_upload_is_unknown(client: ApiClient) -> None:
    me, other = verified(client), verified(client)
    upload_id = sent(client, other)
    assert told(lodge(client, me, upload_id)) == [("/materials/id-card", "unknown_upload")]
    assert lodge(client, other, upload_id).status == 201
    assert client.get(f"/v1/uploads/{upload_id}", token=me.token).status == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"size": "5"},
        {"sha256": "g" * 64},
        {"sha256": "a" * 63},
        {"sha256": "a" * 64 + "\n"},
        {"file_name": ""},
        {"file_name": "../"},
        {"file_name": " \x00\u202e"},
        {"file_name": "x" * 201},
        {"path": "/etc"},
    ],
    ids=str,
)
def test_what_cannot_be_uploaded_is_refused(client: ApiClient, changes: Any) -> None:
    assert announce(client, verified(client), **changes).status == 422


@pytest.mark.parametrize(
    ("changes", "pointer", "zh"),
    [
        ({"size": 0}, "/size", "文件"),
        ({"size": -1}, "/size", "文件"),
        ({"size": domain.LARGEST + 1}, "/size", "文件"),
        ({"size": 10**30}, "/size", "文件"),
        ({"content_type": "text/html"}, "/content_type", "照片"),
        ({"content_type": "image/avif"}, "/content_type", "照片"),
        ({"content_type": "video/mp4; codecs=x"}, "/content_type", "照片"),
    ],
    ids=str,
)
def test_what_is_no_file_of_ours_is_told_in_words_about_files(
    client: ApiClient, changes: Any, pointer: str, zh: str
) -> None:
    me = verified(client)
    [error] = announce(client, me, **changes).json()["errors"]
    assert (error["pointer"], zh in error["detail"]) == (pointer, True)
    body = {"file_name": "a.pdf", "size": 5, "sha256": "a" * 64, **changes}
    headers = {"accept-language": "en", "Idempotency-Key": new_id()}
    english = client.post("/v1/uploads", body, token=me.token, headers=headers)
    assert "file" in english.json()["errors"][0]["detail"].lower()


def given_as(client: ApiClient, who: Citizen, *uploads: str) -> Answer:
    given = [{"material_id": "id-card", "upload_id": one} for one in uploads]
    body = {**application(), "materials": given}
    return client.post("/v1/cases", body, token=who.token, headers={"Idempotency-Key": new_id()})


def page_of(client: ApiClient, who: Citizen, text: str) -> str:
    return sent(client, who, PDF + text.encode())


def test_a_paper_has_several_pages_in_their_order(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    pages = [page_of(client, me, text) for text in "cab"]
    case = given_as(client, me, *pages).json()
    assert [one["upload_id"] for one in case["materials"]] == pages
    before = client.get("/v1/me/materials", token=me.token).json()["items"]
    assert [(one["upload_id"], one["page"]) for one in before] == list(
        zip(pages, (1, 2, 3), strict=True)
    )
    path = f"/v1/admin/cases/{case['case_id']}/materials/id-card"
    read = [client.get(f"{path}?page={n}", token=desk).json()["upload_id"] for n in (1, 2, 3)]
    assert (read, client.get(path, token=desk).json()["upload_id"]) == (pages, pages[0])
    assert client.get(f"{path}?page=4", token=desk).status == 404
    assert client.get(f"{path}?page=0", token=desk).status == 400
    exported = client.get("/v1/me/export", token=me.token).json()["uploads"]
    assert {one["upload_id"]: one["page"] for one in exported}.items() >= {pages[2]: 3}.items()


def test_a_correction_replaces_all_pages_of_a_paper(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    first, second, third = (page_of(client, me, text) for text in "123")
    case_id = given_as(client, me, first, second).json()["case_id"]
    walk(client, desk, case_id, "request-correction")
    new = [{"material_id": "id-card", "upload_id": one} for one in (third, first)]
    path = f"/v1/cases/{case_id}/corrections"
    done = client.post(path, {"materials": new}, token=me.token)
    assert done.json()["materials"] == new
    before = client.get("/v1/me/materials", token=me.token).json()["items"]
    assert [one["upload_id"] for one in before] == [third, first]


def test_pages_have_their_limits_and_the_wrong_one_is_named(client: ApiClient) -> None:
    me = verified(client)
    pages = [page_of(client, me, str(n)) for n in range(11)]
    wrong = "/materials/id-card"
    assert told(given_as(client, me, *pages)) == [(wrong, "too_many_pages")]
    assert told(given_as(client, me, pages[0], pages[0])) == [(wrong, "given_twice")]
    answer = given_as(client, me, pages[0], "nothing", "neither")
    assert told(answer) == [(wrong, "unknown_upload")]
    assert answer.json()["errors"][0]["detail"].startswith("第 2 页")
    assert given_as(client, me, *pages[:10]).status == 201


@pytest.mark.parametrize("announced", ["image/heic", "image/heif", None, "", "IMAGE/PNG"])
def test_a_photo_is_what_its_bytes_say(client: ApiClient, announced: str | None) -> None:
    me, photo = verified(client), BEGINNINGS["image/jpeg"]
    upload_id = sent(client, me, photo, content_type=announced, file_name="IMG_1.HEIC")
    assert lodge(client, me, upload_id).status == 201
    kept = client.get(f"/v1/uploads/{upload_id}", token=me.token).json()
    assert (kept["content_type"], kept["file_name"]) == ("image/jpeg", "IMG_1.HEIC")
    shown = httpx.get(kept["url"], trust_env=False)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-disposition"].endswith("IMG_1.jpg")


def test_a_pdf_that_asks_for_a_password_is_told(client: ApiClient) -> None:
    me = verified(client)
    locked = PDF + b"trailer<</Root 1 0 R/Encrypt 3 0 R>>\n%%EOF"
    answer = lodge(client, me, sent(client, me, locked))
    assert told(answer) == [("/materials/id-card", "password_protected")]
    assert "密码" in answer.json()["errors"][0]["detail"]


def test_no_name_of_a_file_reaches_a_path(client: ApiClient) -> None:
    me = verified(client)
    announced = announce(client, me, file_name="../../\u202egpj.exe\x00").json()
    path = httpx.URL(announced["url"]).path
    assert path == f"/{SETTINGS.upload_bucket}/fresh/{me.citizen_id}/{announced['upload_id']}"
    assert domain.plain_name("../../\u202egpj.exe\x00") == "gpj.exe"
    assert domain.plain_name("C:\\照片\\证件 1.jpg") == "证件 1.jpg"


def test_nobody_reads_without_a_signature_or_too_late(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = verified(client)
    upload_id = sent(client, me)
    assert lodge(client, me, upload_id).status == 201
    url = client.get(f"/v1/uploads/{upload_id}", token=me.token).json()["url"]
    assert httpx.get(url.partition("?")[0], trust_env=False).status_code == 403
    assert httpx.get(url, trust_env=False).status_code == 200
    monkeypatch.setattr(bucket, "READ_WITHIN", timedelta(seconds=-1))
    monkeypatch.setattr(bucket, "UPLOAD_WITHIN", timedelta(seconds=-1))
    late = client.get(f"/v1/uploads/{upload_id}", token=me.token).json()["url"]
    assert httpx.get(late, trust_env=False).status_code == 403
    assert put(announce(client, me).json(), PDF) == 403


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1"])
def test_a_url_signs_type_size_and_hash_in_every_region(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setattr(aws, "SETTINGS", replace(SETTINGS, region=region))
    made = aws._client.__wrapped__("s3")
    monkeypatch.setattr(aws, "client", lambda _: made)
    moment = datetime(2027, 3, 1, tzinfo=UTC)
    upload = domain.Upload("u", "c", "", "image/png", 5, "ab" * 32, moment, "")
    url = httpx.URL(bucket.presign_put(upload)[0])
    assert region in url.host
    signed = set(url.params["X-Amz-SignedHeaders"].split(";"))
    assert signed >= {"content-type", "content-length", "x-amz-checksum-sha256"}


def test_an_announcement_can_be_sent_again(client: ApiClient) -> None:
    me, body = verified(client), {"file_name": "a.pdf", "content_type": "application/pdf"}
    whole = {**body, "size": 5, "sha256": "a" * 64}
    headers = {"Idempotency-Key": "the-same-upload"}
    ids = {
        client.post("/v1/uploads", whole, token=me.token, headers=headers).json()["upload_id"]
        for _ in range(2)
    }
    assert len(ids) == 1
    other = client.post("/v1/uploads", {**whole, "size": 6}, token=me.token, headers=headers)
    assert other.code == "idempotency_key_reused"


def test_everything_wrong_in_form_and_files_is_told_at_once(client: ApiClient) -> None:
    me = verified(client)
    form = {**form_of("no-criminal-record"), "copies": 9}
    assert told(lodge(client, me, "nothing", form=form)) == [
        ("/form/copies", "out_of_range"),
        ("/materials/id-card", "unknown_upload"),
    ]


def test_a_correction_gives_a_new_file(client: ApiClient) -> None:
    me, desk = verified(client), worker(client, hall=HALL)
    first, second = sent(client, me), sent(client, me, PDF + b"better")
    case = lodge(client, me, first).json()
    walk(client, desk, case["case_id"], "request-correction")
    path = f"/v1/cases/{case['case_id']}/corrections"
    for upload_id, status in (("nothing", 422), (second, 200)):
        body = {"materials": [{"material_id": "id-card", "upload_id": upload_id}]}
        assert client.post(path, body, token=me.token).status == status
    given = client.get("/v1/me/materials", token=me.token).json()["items"]
    assert [one["upload_id"] for one in given] == [second]


def test_who_leaves_takes_the_files_along(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    upload_id = sent(client, me)
    case = lodge(client, me, upload_id).json()
    walk(client, desk, case["case_id"], "decline")
    exported = client.get("/v1/me/export", token=me.token).json()["uploads"]
    [mine] = [one for one in exported if one["upload_id"] == upload_id]
    assert mine["file_name"] == "证明.pdf"
    upload = storage.load(me.citizen_id, upload_id)
    assert upload
    url = bucket.presign_get(upload, "x")
    unused = sent(client, me)
    assert client.send("DELETE", "/v1/me", token=me.token).status == 204
    assert httpx.get(url, trust_env=False).status_code == 404
    assert bucket.read_fresh(replace(upload, upload_id=unused)) is None


def test_a_person_announces_a_hundred_files_a_day(client: ApiClient, clock: TestClock) -> None:
    who = verified(client)
    body = {"file_name": "a.pdf", "content_type": "application/pdf", "size": 9, "sha256": "0" * 64}
    key = {"Idempotency-Key": new_id()}
    assert client.post("/v1/uploads", body, token=who.token, headers=key).status == 201
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: announce(client, who), range(rate_limits.UPLOADS_A_DAY + 8)))
    assert sorted(answer.status for answer in made) == [201] * 99 + [429] * 9
    refused = next(answer for answer in made if answer.status == 429)
    assert refused.code == "too_many_requests"
    assert "请明天再传" in refused.json()["title"]
    english = {"Idempotency-Key": new_id(), "Accept-Language": "en"}
    in_english = client.post("/v1/uploads", body, token=who.token, headers=english).json()
    assert all(word in in_english["detail"] for word in ("files", "today", "tomorrow"))
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    # What was announced is answered again; somebody else is not kept, and the next day begins anew.
    assert client.post("/v1/uploads", body, token=who.token, headers=key).status == 201
    assert announce(client, verified(client)).status == 201
    clock.advance(int(refused.headers["retry-after"]))
    assert announce(client, log_in_again(client, who)).status == 201


def test_a_file_announced_again_counts_once(client: ApiClient) -> None:
    who = verified(client)
    body = {"file_name": "a.pdf", "content_type": "application/pdf", "size": 9, "sha256": "0" * 64}
    key = {"Idempotency-Key": new_id()}
    for _ in range(rate_limits.UPLOADS_A_DAY + 5):
        assert client.post("/v1/uploads", body, token=who.token, headers=key).status == 201
