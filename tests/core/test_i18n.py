import pytest

from chalicelib.core.i18n import Text, negotiate


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh-Hant-TW", "zh-CN"),
        ("fr, de;q=0.9", "zh-CN"),
        ("fr, en;q=0.1", "en"),
        ("zh;q=0.2, en;q=0.7", "en"),
        ("en;q=0.7, zh;q=0.7", "en"),
        ("en;q=0", "zh-CN"),
        ("english", "zh-CN"),
        ("zh;q=0.1, EN-us;q=0.5", "en"),
        ("en;q=2", "zh-CN"),
        ("en;q=nan", "zh-CN"),
    ],
)
def test_the_language_is_the_one_that_is_liked_best(header: str | None, lang: str) -> None:
    assert negotiate(header) == lang


def test_braces_are_filled_only_with_values() -> None:
    text = Text("还差{count}份", "{count} are missing")
    assert text.in_language("zh-CN", {"count": 2}) == "还差2份"
    assert text.in_language("en", {"count": 2, "more": 1}) == "2 are missing"
    assert text.in_language("en") == "{count} are missing"
