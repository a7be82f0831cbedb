"""Published answers: cleaned of persons, found in both languages."""

import pytest

from chalicelib.core.ids import new_id
from tests.enquiries.world import asked, say, take, worker
from tests.support.cases import verified
from tests.support.client import ApiClient
from tests.support.people import id_number, log_in


def test_a_question_is_answered_published_and_found_by_the_next(client: ApiClient) -> None:
    me, clerk = verified(client), worker(client)
    number = id_number()
    text = f"我是王小明，{number}，宠物狗能上飞机吗？电话 13912345678"
    subject = {"type": "service", "id": "id-card-renewal"}
    one = asked(client, me, text=text, subject=subject)["enquiry_id"]
    draft = {"text": "可以托运，王小明请打 13912345678。", "text_en": "Yes, as cargo."}
    assert take(client, clerk, one, "publish", **draft).code == "wrong_status"
    take(client, clerk, one, "answer", text="可以托运。")
    assert take(client, clerk, one, "publish", **draft).json()["published"]
    [found] = client.get("/v1/questions?query=狗能坐飞机吗").json()["items"]
    assert found["answer"] == "可以托运，***请打 ***。"
    for private in (number, "13912345678", "王小明"):
        assert private not in str(found)
    assert "宠物狗能上飞机吗？" in found["question"]
    english = client.get(
        "/v1/questions?service_id=id-card-renewal", headers={"accept-language": "en"}
    ).json()["items"][0]
    assert (english["answer"], english["language"]) == ("Yes, as cargo.", "en")
    assert not client.get("/v1/questions?service_id=passport-first").json()["items"]
    better = {"text": "可以，请走托运。", "question": "宠物狗怎么坐飞机？"}
    take(client, clerk, one, "publish", **better)
    [found] = client.get("/v1/questions?query=宠物").json()["items"]
    assert (found["question"], found["answer"]) == (better["question"], better["text"])
    assert not take(client, clerk, one, "unpublish").json()["published"]
    assert not client.get("/v1/questions?query=宠物").json()["items"]
    assert say(client, me, one, "reopen", text="不对").status == 200


@pytest.mark.parametrize("reopened", [False, True])
def test_a_question_that_is_taken_back_is_published_no_more(
    client: ApiClient, *, reopened: bool
) -> None:
    me, clerk = log_in(client), worker(client)
    word = new_id(12)
    one = asked(client, me, text=f"{word}怎么办？")["enquiry_id"]
    take(client, clerk, one, "answer", text="可以。")
    take(client, clerk, one, "publish", text="可以。")
    if reopened:
        assert say(client, me, one, "reopen", text="不对").status == 200
    assert client.get(f"/v1/questions?query={word}").json()["items"]
    assert say(client, me, one, "withdraw").json()["status"] == "withdrawn"
    assert not client.get(f"/v1/questions?query={word}").json()["items"]
    shown = client.get(f"/v1/admin/enquiries/{one}", token=clerk)
    assert not shown.json()["published"]


@pytest.mark.parametrize("kind", ["complaint", "report", "suggestion", "praise"])
def test_only_answers_to_questions_are_published(client: ApiClient, kind: str) -> None:
    clerk = worker(client)
    one = asked(client, log_in(client), kind=kind)["enquiry_id"]
    take(client, clerk, one, "answer", text="好")
    assert take(client, clerk, one, "publish", text="好").code == "not_publishable"
