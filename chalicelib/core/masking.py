"""Cleaning texts of persons before they are published: numbers, addresses of mail, names.

Masked are runs of seven digits and more, however they are grouped and whatever digits they are
written in (resident IDs by GB 11643, telephones, passports, bank cards), numbers of receipts,
number plates (GA 36), mail addresses, the names that are known of the enquirer, and what follows
"my name is". Dates and sums of money below ten million stay.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

MASK: Final = "***"
_DIGITS: Final = str.maketrans(
    "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789"
)
_GAP: Final = r"[ \t\-‐-―−.·()/_]{0,3}"
# Zero-width characters between digits are gone by then.
_NUMBER: Final = re.compile(
    rf"(?:(?<![a-z])[a-z]{{1,3}}{_GAP})?\+?[0-9](?:{_GAP}[0-9]){{6,}}(?:{_GAP}x(?![a-z]))?"
)
_DATE: Final = re.compile(
    r"(?:19|20)[0-9]{2}[-./](?:0?[1-9]|1[0-2])[-./](?:[12][0-9]|3[01]|0?[1-9])"
)
# Of seven digits at most: what is longer is a telephone, an account or a card, whatever follows it.
# A day of the year and a family's name may begin as a unit of money does.
_SUM: Final = re.compile(
    r"(?<![0-9])[0-9]{1,7}(?:\.[0-9]{1,2})?"
    r"(?= ?(?:元(?![旦月宵])|圆|万(?!先生|女士|小姐|老师|医生)|yuan|rmb|cny))"
)
_RECEIPT: Final = re.compile(r"(?<![0-9a-z])[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}(?![0-9a-z])")
_MAIL: Final = re.compile(r"[a-z0-9._%+-]+ ?@ ?[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][ ·]?[a-z0-9]{5,6}"
)
_TOLD: Final = re.compile(
    r"(?:我叫|我的名字是|我的名字叫|我名叫|姓名[是为：:]?|本人叫) ?"
    # A name ends before what people tell next, where they leave out the comma.
    r"(?:([㐀-鿿·]{2,4}?)(?=身份证|证件|电话|手机|号码|今年|家住|住在|想问|想办|要办|请问)|([㐀-鿿·]{2,4}))"
    r"|(?:my name is|i am called) ([a-z]+(?: [a-z]+){0,2})"
)
_SHORTEST_NAME: Final = 2


def masked(text: str, names: Collection[str]) -> str:
    """Return a text without what tells a person; `names` are the enquirer's and the family's."""
    shown, read = _aligned(text)
    keep = _spans(_DATE, read) + _spans(_SUM, read)
    hide = [span for span in _spans(_NUMBER, read) if not _is_kept(read, span, keep)]
    for pattern in (_RECEIPT, _MAIL, _PLATE):
        hide += _spans(pattern, read)
    hide += [found.span(found.lastindex or 0) for found in _TOLD.finditer(_plain(shown))]
    for name in names:
        hide += _of_name(name, _plain(shown))
    return _without(shown, hide)


def _aligned(text: str) -> tuple[str, str]:
    """Return a text as it is shown, and character by character as patterns read it."""
    whole = unicodedata.normalize("NFC", text)
    shown = "".join(c for c in whole if unicodedata.category(c) not in ("Cf", "Mn", "Me"))
    return shown, _plain(shown).translate(_DIGITS)


def _plain(shown: str) -> str:
    return "".join(map(_plain_character, shown))


def _plain_character(c: str) -> str:
    # One that becomes several would move all that follows.
    plain = unicodedata.normalize("NFKC", c).lower()
    return plain if len(plain) == 1 else c


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [found.span() for found in pattern.finditer(text)]


def _is_kept(read: str, span: tuple[int, int], keep: Collection[tuple[int, int]]) -> bool:
    """Tell whether all digits of a number are those of dates and sums."""
    first, last = span
    parts = [(max(first, a), min(last, b)) for a, b in keep if a < last and first < b]
    return sum(_digits(read[a:b]) for a, b in parts) == _digits(read[first:last])


def _digits(text: str) -> int:
    return sum(c.isdecimal() for c in text)


def _of_name(name: str, text: str) -> list[tuple[int, int]]:
    parts = re.split("[ ·]+", _plain(unicodedata.normalize("NFC", name)).strip())
    if sum(map(len, parts)) < _SHORTEST_NAME:
        return []
    pattern = r"[ ·]*".join(re.escape(c) for part in parts for c in part)
    if all(part.isascii() for part in parts):
        pattern = rf"(?<![a-z]){pattern}(?![a-z])"
    return _spans(re.compile(pattern), text)


def _without(text: str, spans: Collection[tuple[int, int]]) -> str:
    clean, done = "", 0
    for first, last in sorted(spans):
        if last <= done:
            continue
        if first >= done:
            clean += text[done:first] + MASK
        done = max(done, last)
    return clean + text[done:]
