"""A city's own language model: what it says counts only as far as its sources bear it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.assistant import providers
from chalicelib.assistant.domain.answers import Sentence, Source, embedded
from chalicelib.assistant.domain.grounding import Claim, grounded
from chalicelib.assistant.providers.http_model import HttpModel
from chalicelib.core import dependencies, http_client, http_signatures
from tests.assistant.measure import answer

URL = "https://model.example/answer"
KEY = b"k" * 32
FEE = Sentence("“普通护照签发”收费 120 元。", Source("passport-issue", "/fee/cents"))


@pytest.mark.parametrize(
    ("text", "passage", "is_borne"),
    [
        ("护照要 120 元。", 0, True),
        ("护照要１２０元。", 0, True),
        ("护照要交费。", 0, True),
        ("护照要 0 元。", 0, False),
        ("护照要 20 元。", 0, False),
        ("护照要一百元。", 0, False),
        ("是", 0, True),
        ("护照要 120 元。", 1, False),
        ("护照要 120 元。", -1, False),
        ("请上 http://evil.example 交 120 元", 0, False),
        ("请写信给 a@b.cn", 0, False),
        ("  ", 0, False),
        ("钱" * 301, 0, False),
        ("钱" * 300, 0, True),
    ],
)
def test_a_sentence_counts_as_far_as_its_source_bears_it(
    text: str, passage: int, *, is_borne: bool
) -> None:
    told = grounded([Claim(text, passage)], [FEE])
    assert bool(told) is is_borne
    assert all(one.source == FEE.source for one in told)


def test_no_more_than_twelve_sentences_are_taken() -> None:
    assert len(grounded([Claim("要交费。", 0)] * 20, [FEE])) == 12


class Model:
    """What stands for a city's model: it keeps what it was sent."""

    def __init__(self, says: Any) -> None:
        self.says = says
        self.sent: tuple[str, str, dict[str, str]] = ("", "", {})

    def post(self, url: str, body: str, headers: dict[str, str], seconds: float) -> str:
        self.sent = (url, body, headers)
        if isinstance(self.says, Exception):
            raise self.says
        return str(json.dumps(self.says) if not isinstance(self.says, str) else self.says)


def asked(monkeypatch: pytest.MonkeyPatch, says: Any, text: str = "护照多少钱") -> list[str]:
    model = Model(says)
    monkeypatch.setattr(http_client, "post", model.post)
    found = answer(text)
    told = HttpModel(URL, KEY)(text, "zh-CN", found)
    if found.sentences:
        url, body, headers = model.sent
        lowered = {name.lower(): value for name, value in headers.items()}
        now = datetime.now(UTC)
        assert http_signatures.is_signed("POST", url, body.encode(), lowered, KEY, now)
        shown = json.loads(body)
        assert shown["passages"][0].keys() == {"id", "text"}
    return [one.text for one in told]


def test_a_model_puts_into_words_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    passages = [one.text for one in answer("护照多少钱").passages]
    fee = next(place for place, text in enumerate(passages) if "120 元" in text)
    says = {"sentences": [{"text": "办一本护照 120 元。", "passage": fee}]}
    assert asked(monkeypatch, says) == ["办一本护照 120 元。"]
    without = {"text": "可以加急。"}
    assert asked(monkeypatch, {"sentences": [*says["sentences"], without]}) == [
        "办一本护照 120 元。"
    ]


@pytest.mark.parametrize(
    "says",
    [
        {"sentences": [{"text": "护照免费。", "passage": 999}]},
        {"sentences": [{"text": "护照 0 元。", "passage": 0}]},
        {"sentences": [{"text": "护照免费。"}, {"passage": 0}, "free", None, {"text": 1}]},
        {"sentences": [{"text": "护照免费。", "passage": True}]},
        {"sentences": "free"},
        {},
        "no json",
        "[]",
        http_client.RequestError(500),
        http_client.RequestError(),
    ],
)
def test_without_a_source_or_an_answer_what_was_found_is_told(
    monkeypatch: pytest.MonkeyPatch, says: Any
) -> None:
    found = [one.text for one in answer("护照多少钱").sentences]
    assert asked(monkeypatch, says) == found


def test_a_model_is_not_asked_what_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, AssertionError("asked"), "量子力学怎么学") == []


def test_the_settings_choose_who_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    providers.answerer.cache_clear()
    assert providers.answerer() is embedded
    monkeypatch.setattr(providers, "SETTINGS", type("City", (), {"assistant_model_url": URL}))
    monkeypatch.setattr(dependencies, "secret", lambda name: f"key of {name}")
    providers.answerer.cache_clear()
    try:
        assert isinstance(providers.answerer(), HttpModel)
    finally:
        providers.answerer.cache_clear()
