"""Published answers: cleaned of persons, found in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import masking
from tests.enquiries.world import asked, say, take, worker
from tests.support.cases import verified
from tests.support.client import ApiClient
from tests.support.people import id_number, log_in

PERSONAL = [
    "330203199001011234",
    "33020319900101123X",
    "33020319900101123x",
    "330203 19900101 1234",
    "330203-19900101-1234",
    "３３０２０３１９９００１０１１２３４",
    "三三零二零三一九九零零一零一一二三四",
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "+86 138 0013 8000",
    "0086-13800138000",
    "一三八零零一三八零零零",
    "幺三八〇〇幺三八〇〇〇",
    "138\u200b0013\u200b8000",
    "0574-87654321",
    "(0574)8765 4321",
    "6222 0212 3456 7890 123",
    "G12345678",
    "E 1234 5678",
    "me@example.com",
    "me+tag @ mail.example.cn",
    "7K3M-Q9XW-2TR7",
    "浙B12345",
    "浙B·D12345",
]
HARMLESS = [
    "2026-10-08",
    "2026年10月8日",
    "2026/1/5",
    "9:00-17:30",
    "工本费 1000000 元",
    "20元",
    "拨打 12345",
    "第 46 条第 2 款",
    "330203 号窗口",
    "浙政发〔2020〕12号",
]


@pytest.mark.parametrize("personal", PERSONAL)
@pytest.mark.parametrize("text", ["{}", "请打{}。", "call {} now", "身份证号：{}，谢谢"])
def test_what_tells_a_person_is_masked(personal: str, text: str) -> None:
    clean = masking.masked(text.format(personal), ())
    digits = [c for c in personal if c.isdecimal()]
    assert personal not in clean
    assert "".join(digits[-4:]) not in clean or not digits
    assert masking.MASK in clean


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_tells_nobody_stays(harmless: str) -> None:
    assert masking.masked(f"，{harmless}。", ()) == f"，{harmless}。"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王小明", "我是王小明，请问"),
        ("王小明", "我是 王 小 明"),
        ("John Smith", "john  smith asks"),
        ("阿依古丽·买买提", "阿依古丽买买提问"),
        ("", "我叫李四，请问"),
        ("", "姓名：欧阳修文，请问"),
        ("", "My name is Jane Doe, please"),
    ],
)
def test_names_are_masked(name: str, text: str) -> None:
    clean = masking.masked(text, [name] if name else [])
    for part in (name, "李四", "欧阳修文", "Jane", "Doe", "smith", "王 小 明", "买买提"):
        assert not part or part not in clean


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(10**10, 10**18))
def test_no_long_number_comes_through(text: str, number: int) -> None:
    clean = masking.masked(f"{text} {number} {text}", ["王小明"])
    assert str(number) not in clean
    assert masking.masked(masking.masked(text, ()), ()) == masking.masked(text, ())


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


@pytest.mark.parametrize("kind", ["complaint", "report", "suggestion", "praise"])
def test_only_answers_to_questions_are_published(client: ApiClient, kind: str) -> None:
    clerk = worker(client)
    one = asked(client, log_in(client), kind=kind)["enquiry_id"]
    take(client, clerk, one, "answer", text="好")
    assert take(client, clerk, one, "publish", text="好").code == "not_publishable"
