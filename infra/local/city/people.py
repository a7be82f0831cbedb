"""The city's residents: well-formed people of whom none can be a real one.

Their identity numbers begin with 339999, which GB/T 2260 gives to no place, and pass the checks of
GB 11643-1999. Their telephones begin with 154, a segment that no operator was given.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from stdnum.iso7064 import mod_11_2

DIVISION: Final = "339999"
PHONES: Final = "154"
# A number names its person among so many of the same birthday.
MOST: Final = 1000
_ELDERLY_EVERY: Final = 6
_SURNAMES: Final = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹"
_GIVEN: Final = (
    *("伟", "芳", "敏", "静", "磊", "洋", "艳", "勇", "杰", "娟", "涛", "明", "超", "霞", "平"),
    *("建国", "秀英", "志强", "桂兰", "文博", "雨桐", "子涵", "思远", "晓燕", "海波", "国华"),
    *("丽娜", "俊杰", "欣怡", "浩然", "佳琪", "春梅", "立新", "永康", "慧敏", "嘉豪", "玉兰"),
)
_PLACES: Final = (
    ("330203", "海曙区中山西路"),
    ("330205", "江北区人民路"),
    ("330212", "鄞州区天童南路"),
    ("330211", "镇海区胜利路"),
)


@dataclass(frozen=True, slots=True)
class Resident:
    """A person with a phone: the log-in's code, name, identity number, telephone and address."""

    code: str
    name: str
    id_number: str
    phone: str
    place: str
    detail: str

    @property
    def address(self) -> dict[str, str]:
        """Return where parcels go."""
        return {
            "name": self.name,
            "phone": self.phone,
            "division_code": self.place,
            "detail": self.detail,
        }


def resident(seed: int, number: int, today: date) -> Resident:
    """Return the resident of a number below 1,000, who is the same for the same seed and day.

    Every sixth is 62 to 80 years old, the others 20 to 57.
    """
    chance = Random(f"{seed} {number}")  # noqa: S311 - nothing is guarded by it.
    ages = (62, 80) if is_elderly(number) else (20, 57)
    born = today - timedelta(days=chance.randint(ages[0] * 366, ages[1] * 366))
    place, street = chance.choice(_PLACES)
    flat = f"{chance.randint(1, 20)} 幢 {chance.randint(1, 18)}02 室"
    return Resident(
        f"city-{number:03}",
        chance.choice(_SURNAMES) + chance.choice(_GIVEN),
        _identity_number(born, number),
        f"{PHONES}{chance.randrange(10**5):05}{number:03}",
        place,
        f"{street} {chance.randint(1, 400)} 号 {flat}",
    )


def is_elderly(number: int) -> bool:
    """Tell whether the resident of a number is over sixty."""
    return number % _ELDERLY_EVERY == 0


def _identity_number(born: date, serial: int) -> str:
    body = f"{DIVISION}{born:%Y%m%d}{serial:03}"
    return body + str(mod_11_2.calc_check_digit(body))
