"""What people ask, complain of, praise and search, what the assistant is asked, and fines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from urllib.parse import quote

from stdnum import luhn

from infra.local.city import days
from infra.local.city.people import Resident
from infra.local.city.stories import Story

_ISSUER: Final = "330200"
_HALLS: Final = ("hall-330200", "hall-330212", "hall-330282")


@dataclass(frozen=True, slots=True)
class _Letter:
    """An enquiry: its kind, its text, the service that it is about if any, and the answer.

    The answer to a question is `published` in English too: the question and the answer.
    """

    kind: str
    text: str
    answer: str = ""
    service: str = ""
    published: tuple[str, str] = ("", "")


_LETTERS: Final = (
    _Letter(
        "question",
        "身份证换领可以让家人代取吗？",
        "可以。代取人带上本人身份证和您的领取凭证到窗口，也可以选择快递到家。",
        "id-card-renewal",
        (
            "May a relative collect my new identity card?",
            "Yes, with their own identity card and your receipt; or have it brought by courier.",
        ),
    ),
    _Letter("complaint", "上午十点取的号，等了四十分钟。", "当日有窗口关闭，已增开一个。"),
    _Letter("praise", "镇明路窗口的工作人员很耐心，帮老人填好了表格。", "谢谢您，已转达当班同事。"),
    _Letter(
        "question",
        "异地就医备案要等几天才生效？",
        "符合承诺条件的即时生效，可在“进度”里看到结果。",
        "medical-remote-filing",
        (
            "How long until treatment elsewhere is filed?",
            "At once where your promise is enough; you see the result under progress.",
        ),
    ),
    _Letter("suggestion", "希望周六下午也能开放窗口。", "已列入下季度的安排，结果会公示。"),
    _Letter("data_correction", "大厅页面上的公交线路已经改线。", "已更正，谢谢提醒。"),
    _Letter("question", "居住证满几年可以续签？", "每年签注一次，到期前一个月可以办理。"),
    _Letter(
        "complaint",
        "快递把证件放在门卫处，没有打电话。",
        "已核实并致歉，今后须本人签收。",
    ),
    _Letter("report", "有中介在大厅门口拉客。", "已联系属地处理，并加强巡查。"),
    # Nobody has answered these yet; the first should have been long ago.
    _Letter("question", "营业执照的经营范围可以网上改吗？"),
    _Letter("complaint", "自助机打印收据时卡纸。"),
    _Letter("suggestion", "材料清单能不能一键打印？"),
)
_OPEN: Final = 3
_QUESTIONS: Final = (
    *("身份证丢了怎么补办", "护照多少钱", "驾驶证到期了怎么换", "异地就医备案要什么材料"),
    *(
        "我想开一家面馆",
        "老年卡多大年纪可以办",
        "how much is a passport",
        "无犯罪记录证明几天能办好",
    ),
    *("宠物狗登记去哪里办", "小区停车位怎么申请", "飞机票怎么退", "孩子上幼儿园报名"),
)
_SEARCHES: Final = (
    "身份证",
    "护照",
    "狗证",
    "公租房",
    "摆摊",
    "驾照",
    "学区",
    "落户",
    "狗证",
    "公租房",
)
_FINES: Final = (
    ("机动车违法停车", 15000),
    ("不按规定车道行驶", 10000),
    ("机动车违法停车", 15000),
    ("违反禁止标线指示", 10000),
)
_FATES: Final = ("paid", "paid", "paid", "overdue", "open", "paid")


def enquiries(chance: Random, open_days: Sequence[date], people: Sequence[str]) -> Iterator[Story]:
    """Yield enquiries, a person each: answered within some days, but the last three."""
    late = len(_LETTERS) - _OPEN
    for number, (letter, who) in enumerate(zip(_LETTERS, people, strict=False)):
        story = Story(f"enquiry-{number}", "answered" if letter.answer else "received")
        early, recent = number * (len(open_days) - 6) // late, 2 * (number - late) - 9
        day = open_days[early if letter.answer else recent]
        asked = days.evening(chance, day)
        story.add(asked, "log_in", who, {"real_name": False})
        body = {"kind": letter.kind, "text": letter.text, "office_id": chance.choice(_HALLS)}
        about = {"subject": {"type": "service", "id": letter.service}} if letter.service else {}
        story.send(
            asked + timedelta(minutes=6), who, "/v1/enquiries", {**body, **about},
            keep=["enquiry_id"],
        )  # fmt: skip
        if letter.answer:
            _answer(chance, story, letter, who, day)
        yield story


def _answer(chance: Random, story: Story, letter: _Letter, who: str, day: date) -> None:
    moment = days.in_office(chance, days.working_day_after(day, 1))
    path = "/v1/admin/enquiries/{enquiry_id}"
    story.send(moment, "supervisor", f"{path}/claim")
    moment += timedelta(minutes=20)
    story.send(moment, "supervisor", f"{path}/answer", {"text": letter.answer})
    question, answer = letter.published
    if question:
        body = {
            "text": letter.answer, "text_en": answer, "question": letter.text,
            "question_en": question,
        }  # fmt: skip
        story.send(moment + timedelta(minutes=5), "supervisor", f"{path}/publish", body)
    thanks = days.evening(chance, moment.date())
    satisfied = {"satisfaction": chance.choice((5, 4, 5, 3))}
    story.send(thanks, who, "/v1/enquiries/{enquiry_id}/confirm", satisfied)


def questions(chance: Random, open_days: Sequence[date]) -> Iterator[Story]:
    """Yield what was asked of the assistant and searched for, also in vain, without log-in."""
    for number, text in enumerate(_QUESTIONS):
        story = Story(f"question-{number}", "asked")
        moment = days.evening(chance, chance.choice(open_days))
        story.send(moment, "", "/v1/assistant/questions", {"text": text})
        yield story
    for number, text in enumerate(_SEARCHES):
        story = Story(f"search-{number}", "searched")
        moment = days.evening(chance, chance.choice(open_days))
        story.add(moment, "look", "", {"path": f"/v1/services?query={quote(text)}"})
        yield story


def bills(
    chance: Random,
    open_days: Sequence[date],
    people: Sequence[str],
    known: Callable[[str], Resident],
) -> Iterator[Story]:
    """Yield fines, a person each: paid, open, or not paid in time."""
    for number, who in enumerate(people):
        fate = _FATES[number % len(_FATES)]
        day = open_days[(number + 1) * (len(open_days) - 6) // (len(people) + 1)]
        if fate == "open":
            day = open_days[-2]
        story = Story(f"bill-{number}", fate)
        _fine(chance, story, known(who), days.in_office(chance, day))
        moment = days.evening(chance, day + timedelta(days=1))
        story.add(moment, "log_in", who, {"real_name": True})
        if fate == "paid":
            wanted = story.acts[0].facts["body"]["bill"]
            subject = {name: wanted[name] for name in ("bill_number", "code")}
            facts = {"subject": subject, "method": "wechat_pay", "outcome": "pay"}
            story.add(moment + timedelta(minutes=3), "pay", who, facts)
        yield story


def _fine(chance: Random, story: Story, payer: Resident, at: datetime) -> None:
    digits = f"{_ISSUER}{at:%y}{chance.randrange(10**11):011}"
    title, cents = chance.choice(_FINES)
    due = at + timedelta(days=5 if story.outcome == "overdue" else 15)
    bill = {
        "bill_number": digits + luhn.calc_check_digit(digits),
        "code": f"{chance.randrange(10**6):06}",
        "kind": "fine",
        "title": title,
        "payer": {"name": payer.name, "id_number": payer.id_number},
        "items": [{"name": "罚款", "cents": cents}],
        "due_on": f"{due:%Y-%m-%d}",
    }
    body = {"action": "create", "bill": bill}
    story.add(at, "stand_in", "", {"path": "issuer", "body": body})
