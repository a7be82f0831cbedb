"""Which value of a notice fills which kind of a platform's field, whatever the notice says.

The kinds and their limits are those of "Send subscribe message" of WeChat's mini-program server
API (`subscribeMessage.send`); the kind is the field's name without its number, as in `thing3`. A
value that does not fit makes the platform refuse the whole message (errcode 47003). Alipay's
`keyword` fields have no kinds; their values are cut to a line that a phone shows. Variables of
short texts have at most 35 characters at Alibaba Cloud and 12 at Tencent Cloud, which names them by
their places: `param1` is `{1}`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.notifications.domain.notices import Subscription


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of field: its most characters, and the values that fit it in every notice.

    A `lenient` kind takes any text, also the word for "nothing"; one of `chinese` is filled in
    Chinese, whatever the citizen's language is.
    """

    longest: int
    values: frozenset[str]
    lenient: bool = False
    chinese: bool = False


# A value that only some notices carry, and the subscriptions whose every notice carries it.
_CARRIED: Final[Mapping[str, frozenset[Subscription]]] = {
    "start": frozenset({"appointment", "reminder", "queue"}),
    "ticket": frozenset({"queue"}),
    "counter": frozenset({"queue"}),
    "amount": frozenset({"payment"}),
}
VALUES: Final = frozenset({"service", "office", "bring", "title", "state", "tip", *_CARRIED})
_NONE: Final[frozenset[str]] = frozenset()
KINDS: Final[Mapping[str, Kind]] = {
    "thing": Kind(20, VALUES, lenient=True),
    # A counter has any name that the hall gives it; tickets are a letter and digits.
    "character_string": Kind(32, frozenset({"ticket"})),
    "time": Kind(32, frozenset({"start"}), chinese=True),
    "date": Kind(32, frozenset({"start"}), chinese=True),
    "phrase": Kind(5, frozenset({"state"}), chinese=True),
    "const": Kind(20, frozenset({"state"}), chinese=True),
    "amount": Kind(14, frozenset({"amount"})),
    # Nothing that a notice says is a bare number, and it names no person, telephone or car.
    "number": Kind(32, _NONE),
    "letter": Kind(32, _NONE),
    "name": Kind(10, _NONE),
    "phone_number": Kind(17, _NONE),
    "car_number": Kind(8, _NONE),
}
_ALIPAY: Final[Mapping[str, Kind]] = {"keyword": Kind(100, VALUES, lenient=True)}
_ALIBABA: Final[Mapping[str, Kind]] = {"text": Kind(35, VALUES, lenient=True)}
_TENCENT: Final[Mapping[str, Kind]] = {"param": Kind(12, VALUES, lenient=True)}
# The services of short texts, which also send the codes that prove a number.
TEXTS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "alibaba_sms": _ALIBABA,
    "tencent_sms": _TENCENT,
}
CODE: Final = "code"
PLATFORMS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "wechat": KINDS,
    "alipay": _ALIPAY,
    **TEXTS,
}
_FIELD: Final = re.compile(r"([a-z_]+?)[0-9]+")


def name_of(field: str) -> str | None:
    """Return the name of a field's kind, as `thing` of thing3; None for what is no field."""
    found = _FIELD.fullmatch(field)
    return found[1] if found else None


def kind_of(field: str) -> Kind | None:
    """Return the kind of any platform's field; None for what has none."""
    return {**KINDS, **_ALIPAY, **_ALIBABA, **_TENCENT}.get(name_of(field) or "")


def fits(platform: str, subscription: str, field: str, value: str) -> bool:
    """Tell whether each notice of a subscription can fill a platform's field with a value."""
    kind = PLATFORMS[platform].get(name_of(field) or "")
    if subscription == CODE:
        return value == CODE
    if kind is None or value not in kind.values:
        return False
    return kind.lenient or value not in _CARRIED or subscription in _CARRIED[value]
