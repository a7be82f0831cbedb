"""One thing has one name: the texts of pages, notices and refusals against docs/glossary.md."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.pages.words import table

ROOT: Final = Path(__file__).parents[2]
# What others call their own things, or means something else.
OTHERS: Final = re.compile(
    "退款异常|其他账户|收款账户|付款人|经办|unsigned integer|WeChat Pay|微信支付|EMS|城市快递|"
    "customer service(?= of)"
)
HAN: Final = "[\u4e00-\u9fff]"
AMERICAN: Final = re.compile(
    r"\w*(organiz|canceled|canceling|\bcenter\b|\blicense\b|authoriz|recogniz)\w*", re.IGNORECASE
)
# Shorter ones are labels, which may serve several things.
SENTENCE_ZH, SENTENCE_EN = 12, 30


class Said(NamedTuple):
    """A text in both languages, and where it stands."""

    where: str
    zh: str
    en: str


class Term(NamedTuple):
    """A line of the glossary."""

    zh: str
    en: list[str]
    not_zh: list[str]
    not_en: list[str]
    always: bool


@cache
def texts() -> list[Said]:
    """Return every text of the pages' tables, and of `Text(…)` in the server."""
    zh, en = table("zh-CN"), table("en")
    return [Said(key, OTHERS.sub("", zh[key]), OTHERS.sub("", en[key])) for key in zh] + [
        Said(where, OTHERS.sub("", one), OTHERS.sub("", other)) for where, one, other in _server()
    ]


def _server() -> Iterator[tuple[str, str, str]]:
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name("Text"),
                    args=[ast.Constant(str() as zh), ast.Constant(str() as en)],
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", zh, en


def glossary() -> list[Term]:
    lines = (ROOT / "docs" / "glossary.md").read_text().splitlines()
    rows = [
        [cell.strip() for cell in one.strip("|").split("|")] for one in lines if one[:2] == "| "
    ]
    return [
        Term(
            zh,
            en.lower().split(", "),
            [*filter(None, n.split("、"))],
            [*filter(None, m.split(", "))],
            a == "always",
        )
        for zh, en, n, m, a in rows[1:]
    ]


@pytest.mark.parametrize("term", glossary(), ids=lambda term: term.en[0])
def test_one_thing_has_one_name(term: Term) -> None:
    never = re.compile("|".join(map(re.escape, term.not_zh)) or "(?!)")
    nor = re.compile(rf"\b({'|'.join(map(re.escape, term.not_en)) or '(?!)'})s?\b", re.IGNORECASE)
    assert [one for one in texts() if never.search(one.zh) or nor.search(one.en)] == []
    spoken = [one for one in texts() if term.zh in one.zh]
    named = [one for one in spoken if term.always or one.zh == term.zh]
    assert [one for one in named if not any(form in one.en.lower() for form in term.en)] == []


def test_a_sentence_is_the_same_wherever_it_stands() -> None:
    by_zh, by_en = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for one in texts():
        if len(one.zh) >= SENTENCE_ZH:
            by_zh[one.zh].add(one.en)
        if len(one.en) >= SENTENCE_EN:
            by_en[one.en].add(one.zh)
    assert [many for many in (*by_zh.values(), *by_en.values()) if len(many) > 1] == []


def test_each_language_has_its_own_marks() -> None:
    half = re.compile(
        rf"{HAN}[,;:!?()]|[,;:!?(]{HAN}|\.\.\.|{HAN}\.|{HAN} {HAN}|[，。；：！？] |\""
    )
    full = re.compile(r"[，。；：！？（）、]|\.\.\.| [,.;:!?]|  |\"")
    assert [one for one in texts() if half.search(one.zh) or full.search(one.en)] == []
    months = re.compile(r"^\d+月$")
    tight = re.compile(rf"{HAN}[0-9A-Za-z]|[0-9A-Za-z]{HAN}")
    assert [one for one in texts() if tight.search(one.zh) and not months.match(one.zh)] == []


def test_english_is_british() -> None:
    assert [one for one in texts() if AMERICAN.search(one.en)] == []
