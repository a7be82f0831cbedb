"""Whether the sections of a draft can be published: all that is wrong at once, each at its place.

The rules are those of docs/catalogue.md. Types were read before; here is what values say, and
whether they fit the service and one another. Forms are looked at in `form_checks`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.catalogue.domain import form_checks, guide_checks
from chalicelib.catalogue.domain.check_words import (
    At,
    both,
    error,
    filled,
    names,
    text,
    texts,
    within,
)
from chalicelib.catalogue.domain.parts import parse_parts
from chalicelib.catalogue.domain.rules import parse_ruleset
from chalicelib.catalogue.domain.sections import Data
from chalicelib.catalogue.domain.services import ORIGINALS
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.errors import FieldError
from chalicelib.core.i18n import Text

_LONGEST: Final = timedelta(days=2 * 366)
_LARGEST: Final = 60_000
_MOST_CENTS: Final = 100_000_000
_MOST_DAYS: Final = 3_650
_MOST_PAGES: Final = 10
_WEEK: Final = 5
_MOST_PAPERS: Final = 40
_SHORT: Final = 100
_LONG: Final = 1_000
_ID: Final = re.compile("[a-z][a-z0-9-]{0,39}")
_TOO_MANY: Final = Text("最多 {n} 项", "At most {n} of them")
_TOO_LARGE: Final = Text("内容超过 60 KB", "This is more than 60 KB")
_NOT_UNIQUE: Final = Text("有重复的内容", "Something stands here twice")
_CURRENCY: Final = Text("只能用人民币（cny）", "Only yuan (cny) are taken")
_BASIS: Final = Text("收费须写明依据", "A fee needs the rule that sets it")
_SEAT: Final = Text("预约时收费的事项须有费用", "What is paid with the booking must have a fee")
_UNIT: Final = Text(
    "单位须为 days、working_days 或 same_day", "The unit is days, working_days or same_day"
)
_ZERO: Final = Text("当场办结的时限为 0", "What is done the same day has a limit of 0")
_PROMISE: Final = Text("承诺时限不能超过法定时限", "A promise is no longer than the law's limit")
_CHAIN: Final = Text(
    "承诺时限须等于各部门最长办理链条，即 {n} 个工作日",
    "The promise must be the longest chain of its parts, {n} working days",
)
_ONE_OF: Final = Text("须为以下之一：{some}", "This must be one of: {some}")
_ID_WORDS: Final = Text(
    "编号只能用小写字母、数字和连字符", "An id has small letters, digits and hyphens"
)
_ONLINE: Final = Text(
    "全程网办的事项不能要求原件", "What is wholly online cannot ask for an original"
)
_REGISTER: Final = Text(
    "本事项不向这个部门核验", "This service does not ask a register of that name"
)
_PARTS: Final = Text(
    "多部门联办：每份材料须由某个部门查看，增减材料须先调整部门分工",
    "Each paper must be seen by a department: change what the departments see first",
)
_MISTAKES: Final = Text(
    "写了出具单位才能写常见错误", "Mistakes are told of a paper that says who issues it"
)
_PAST: Final = Text("生效时间须在将来", "This must be in the future")
_FAR: Final = Text("生效时间不能晚于两年后", "This must be within two years")
_DOES_NOT_FIT: Final = Text("与部门分工或机器规则不符：{why}", "Parts or rules do not fit: {why}")
_WHEN: Final = Text(
    "请填写日期，或带时区的时间，如 2027-01-01T09:00:00+08:00",
    "Give a day, or a time with its offset, as 2027-01-01T09:00:00+08:00",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a draft is checked against beside its service: types of certificates in use."""

    certificate_types: frozenset[str]


def check(service: Data, sections: Data, known: Known, today: date) -> list[FieldError]:
    """Return all that is wrong in a draft; `service` is what would be published.

    Only the sections that the draft changes are looked at, and whether all fit together.
    """
    found: list[FieldError] = []
    if len(json.dumps(sections, ensure_ascii=False).encode()) > _LARGEST:
        return [FieldError("", "too_long", _TOO_LARGE)]
    if "fee" in sections:
        found += _fee(service, sections["fee"])
    if "limits" in sections:
        found += _limits(service, sections["limits"])
    if "synonyms" in sections:
        found += names(("synonyms",), sections["synonyms"])
    if "materials" in sections:
        found += _materials(service, sections["materials"], known)
    if "guide" in sections:
        found += guide_checks.check(sections["guide"])
    if "form" in sections:
        found += form_checks.check(service, sections["form"], today)
    return found or list(_together(service))


def read_moment(said: str | None, now: datetime) -> tuple[datetime | None, list[FieldError]]:
    """Return the moment that a day (its beginning) or a time names, and what is wrong with it."""
    if said is None:
        return None, []
    moment: datetime | None
    try:
        if len(said) == len("2027-01-01"):
            moment = datetime.combine(date.fromisoformat(said), datetime.min.time(), OFFICE_ZONE)
        else:
            moment = datetime.fromisoformat(said).replace(microsecond=0)
        moment = moment.astimezone(OFFICE_ZONE) if moment.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        return None, [error("format", _WHEN, "effective_from")]
    if moment <= now:
        return moment, [error("in_the_past", _PAST, "effective_from")]
    if moment - now > _LONGEST:
        return moment, [error("out_of_range", _FAR, "effective_from")]
    return moment, []


def _fee(service: Data, fee: Data) -> Iterator[FieldError]:
    cents, basis = fee["cents"], fee["basis"]
    yield from within(cents, 0, _MOST_CENTS, ("fee", "cents"))
    if cents == 0 and service.get("prepaid"):
        yield error("required", _SEAT, "fee", "cents")
    if fee["currency"] != "cny":
        yield error("not_one_of", _CURRENCY, "fee", "currency")
    if cents > 0 and not basis:
        yield error("required", _BASIS, "fee", "basis")
    elif basis is not None:
        yield from text(("fee", "basis"), basis, _LONG)


def _limits(service: Data, limits: Data) -> Iterator[FieldError]:
    limit, promised = limits["legal_time_limit"], limits["promised_working_days"]
    value, unit, law = limit["value"], limit["unit"], ("limits", "legal_time_limit")
    if unit not in ("days", "working_days", "same_day"):
        yield error("not_one_of", _UNIT, *law, "unit")
    elif unit == "same_day" and value != 0:
        yield error("out_of_range", _ZERO, *law, "value")
    elif unit != "same_day":
        yield from within(value, 1, _MOST_DAYS, (*law, "value"))
    at = ("limits", "promised_working_days")
    yield from within(promised, 0, _MOST_DAYS, at)
    if promised > value:
        yield error("out_of_range", _PROMISE, *at)
    chain = _chain(service)
    if chain is not None and promised != chain:
        yield error("not_as_parts", filled(_CHAIN, n=chain), *at)


def _chain(service: Data) -> int | None:
    """Return the days of the longest chain of a service's parts; None where it has none."""
    if not service.get("parts"):
        return None
    days = {one["id"]: one for one in service["parts"]}
    ends: dict[str, int] = {}
    for name, part in days.items():
        begins = max((ends.get(one, 0) for one in part.get("requires", ())), default=0)
        ends[name] = begins + int(part["promised_working_days"])
    return max(ends.values())


def _materials(service: Data, materials: Sequence[Data], known: Known) -> Iterator[FieldError]:
    if len(materials) > _MOST_PAPERS:
        yield error("too_many", filled(_TOO_MANY, n=_MOST_PAPERS), "materials")
    ids = [one["material_id"] for one in materials]
    registers = {one["register"] for one in service.get("registers", ())}
    for place, one in enumerate(materials):
        at = ("materials", place)
        if not _ID.fullmatch(one["material_id"]):
            yield error("pattern", _ID_WORDS, *at, "material_id")
        elif ids.index(one["material_id"]) < place:
            yield error("not_unique", _NOT_UNIQUE, *at, "material_id")
        yield from both((*at, "name"), one["name"], _SHORT)
        yield from _paper(service, one, at)
        if one["register_id"] is not None and one["register_id"] not in registers:
            yield error("unknown", _REGISTER, *at, "register_id")
        for number, type_ in enumerate(one["certificate_types"]):
            if type_ not in known.certificate_types:
                some = ", ".join(sorted(known.certificate_types))
                yield error(
                    "not_one_of", filled(_ONE_OF, some=some), *at, "certificate_types", number
                )
    seen = {name for part in service.get("parts", ()) for name in part["materials"]}
    if service.get("parts") and seen != set(ids):
        yield error("not_in_parts", _PARTS, "materials")


def _paper(service: Data, paper: Data, at: At) -> Iterator[FieldError]:
    yield from within(paper["usual_pages"], 1, _MOST_PAGES, (*at, "usual_pages"))
    if paper["original"] not in ORIGINALS:
        words = filled(_ONE_OF, some=", ".join(ORIGINALS))
        yield error("not_one_of", words, *at, "original")
    elif paper["original"] != "none" and service["trips"] == 0:
        yield error("out_of_range", _ONLINE, *at, "original")
    yield from names((*at, "also_called"), paper["also_called"])
    if paper["issued_by"] is not None:
        yield from both((*at, "issued_by"), paper["issued_by"], _SHORT)
        yield from texts((*at, "common_mistakes"), paper["common_mistakes"])
    elif paper["common_mistakes"]:
        yield error("required", _MISTAKES, *at, "issued_by")


def _together(service: Data) -> Iterator[FieldError]:
    """Yield what its parts and rules say of it, when each section by itself is right."""
    for read in (parse_parts, parse_ruleset):
        try:
            read(service)
        except ValueError as wrong:
            yield error("does_not_fit", filled(_DOES_NOT_FIT, why=wrong), "form")
