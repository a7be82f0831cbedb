"""What is wrong with a page, and what it weighs on the way to a phone."""

import gzip
import re

import pytest

from tests.pages.browser import SMALLEST_LARGE_TAP, Phone

# English pages are the same but for their words; they are looked at by `make thorough`.
LANGUAGES = ["zh-CN", pytest.param("en", marks=pytest.mark.slow)]

# Names of people, of places, of laws and of languages are what they are in every language.
NAMES = re.compile(
    r"发改价格规?〔\d+〕\d+号(（住宅）)?|国家统一收费标准|李\*|李梅|王安安|王\*+|安安|\*安|中文|语言|海曙.*室|海曙区中山\S*|请写到区县|"
    r"浙江省宁波市|市公安局交通警察支队|机动车违法停车|罚款|教师|李芳|微信|中国邮政速递|城市快递|宁波市某某学校|photo"
)
HAN = re.compile(r"[^\n]*[\u4e00-\u9fff][^\n]*")
# What a program would call it: no page says such a thing.
RAW = re.compile(
    r"\b(case|appointment|delivery|payment|refund|staff|citizen|hall)[._:-][\w:]+|\b\w+_\w+\b|"
    r"\d{4}-\d\d-\d\dT|undefined|\[object|\bnull\b|NaN"
)
# A message's own number is what staff and the courier speak of.
MEANT = re.compile(r"msg_\w+|https?://\S+")


def look(phone: Phone, pages: dict[str, str], lang: str) -> dict[str, list[str]]:
    """Return what is wrong on each page, plain and in large letters.

    The English ones are opened by links from elsewhere, the Chinese ones from one another.
    """
    found: dict[str, list[str]] = {}
    for name, path in pages.items():
        if lang == "en":
            phone.open(path)
        else:
            phone.follow(path)
        shown = MEANT.sub("", phone.page.locator(".screen:visible").inner_text())
        found[name] = [*phone.cut_off(), *(m[0] for m in RAW.finditer(shown))]
        found[name] += phone.findings()
        if lang == "en":
            found[name] += HAN.findall(NAMES.sub("", shown))
        phone.grow()
        found[name] += [f"large: {words}" for words in phone.cut_off(SMALLEST_LARGE_TAP)]
    return {name: trouble for name, trouble in found.items() if trouble}


def first_load(phone: Phone) -> int:
    """Return the bytes, gzipped, that the home page needs of the build."""
    loaded: list[bytes] = []
    phone.page.on(
        "response",
        lambda answer: loaded.append(answer.body()) if "/v1/" not in answer.url else None,
    )
    phone.page.goto(f"{phone.url}/")
    phone.settle()
    return sum(len(gzip.compress(body)) for body in loaded)
