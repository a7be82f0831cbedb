"""The receipt of a case, as the counter prints it: a page with the code that shows its progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from chalicelib.cases.domain import Case
from chalicelib.cases.service import staff_scope, status_lookup
from chalicelib.catalogue import service as catalogue
from chalicelib.core import receipt_pages
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.settings import SETTINGS

_TITLE: Final = Text("政务服务收件凭证", "Receipt for an application")
_LABELS: Final = {
    "number": Text("回执编号", "Receipt number"),
    "code": Text("查询码", "Code"),
    "service": Text("事项", "Service"),
    "office": Text("办理大厅", "Service hall"),
    "address": Text("大厅地址", "Address"),
    "phone": Text("咨询电话", "Phone"),
    "lodged": Text("收件时间", "Received"),
    "promised": Text("承诺办结时间", "Promised by"),
    "due": Text("法定办结时间", "Limit of the law"),
}
_SCAN: Final = Text("扫描二维码可查询办理进度：", "Scan the code to follow the application:")


@dataclass(frozen=True, slots=True)
class CaseReceipt:
    """What a receipt says: labels with values, and where its code leads; it names no person."""

    number: str
    code: str
    url: str
    lines: tuple[tuple[str, str], ...]
    lodged_at: datetime


def of(staff: Staff, case_id: str, lang: Lang) -> CaseReceipt:
    """Return the receipt of a case of the staff's halls; raises NotFound."""
    case = staff_scope.case_of_own_hall(staff, case_id)
    code, lines = status_lookup.code_of(case.number), tuple(_lines(case, lang))
    return CaseReceipt(case.receipt_number, code, _url(case), lines, case.lodged_at)


def pdf(receipt: CaseReceipt, lang: Lang) -> bytes:
    """Set a receipt as a page to print."""
    title, about = _TITLE.in_language(lang), _SCAN.in_language(lang)
    page = receipt_pages.Page(title, receipt.lines, about, receipt.url)
    return receipt_pages.pdf(page, receipt.lodged_at, lang)


def _lines(case: Case, lang: Lang) -> list[tuple[str, str]]:
    known = catalogue.current()
    service, office = known.services.get(case.service_id), known.offices.get(case.office_id)
    address, phone = (office.address, office.phone) if office else (None, None)
    values = {
        "number": case.receipt_number,
        "code": status_lookup.code_of(case.number),
        "service": service.name.in_language(lang) if service else case.service_id,
        "office": office.name.in_language(lang) if office else case.office_id,
        "address": address.in_language(lang) if address else "",
        "phone": phone or "",
        "lodged": _written(case.lodged_at),
        "promised": _written(case.promised_at),
        "due": _written(case.due_at),
    }
    return [(_LABELS[name].in_language(lang), value) for name, value in values.items() if value]


def _written(at: datetime) -> str:
    return f"{office_time(at):%Y-%m-%d %H:%M}"


def _url(case: Case) -> str:
    query = urlencode({"code": status_lookup.code_of(case.number)})
    return f"{SETTINGS.public_url}/v1/progress/{case.receipt_number}?{query}"
