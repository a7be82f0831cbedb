"""The newest notice of a case as a page to print, for who has no account, number or mail address.

It says what a receipt says, with the notice's title and words, and names no person: the clerk
writes the envelope. Who has a log-in reads the inbox, so nothing is printed for them.
"""

from datetime import datetime
from typing import Final

from chalicelib.cases.service import receipt
from chalicelib.cases.service.receipt import CaseReceipt
from chalicelib.core import pagination, receipt_pages
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, Problem
from chalicelib.core.i18n import Lang, Text
from chalicelib.identity import service as identity
from chalicelib.notifications import storage
from chalicelib.notifications.channels import platform_of
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.domain.kinds import PLATFORMS
from chalicelib.notifications.service import wording

_CITIZEN_ID_LENGTH: Final = 8
_PAGE: Final = 100
_SAYS: Final = Text("通知内容", "Notice")
_AT: Final = Text("通知时间", "Date")
_SCAN: Final = Text("扫描二维码可查询办理进度：", "Scan the code to follow the application:")


class ReachedOtherwise(Problem):
    """The person is told by a phone, a mail or the inbox."""

    status = 409
    code = "reached_otherwise"
    title = Text(
        "已通过其他方式通知本人，无需打印", "The person is told in another way; print nothing"
    )


def letter(staff: Staff, case_id: str, lang: Lang) -> tuple[CaseReceipt, bytes]:
    """Return a case's receipt and the PDF of its letter.

    Raises NotFound for a case of another hall or without a notice, and ReachedOtherwise.
    """
    found = receipt.of(staff, case_id, lang)
    citizen_id = case_id[:_CITIZEN_ID_LENGTH]
    notice = _newest(citizen_id, case_id)
    if notice is None:
        raise NotFound
    if _is_reached(citizen_id):
        raise ReachedOtherwise
    return found, receipt_pages.pdf(_page(found, notice, lang), notice.created_at, lang)


def _newest(citizen_id: str, case_id: str) -> Notice | None:
    notices = pagination.every(lambda position: storage.list_notices(citizen_id, position, _PAGE))
    return next((one for one in notices if one.subject_id == case_id), None)


def _is_reached(citizen_id: str) -> bool:
    recipient = identity.channels(citizen_id)
    if recipient is None:
        return False
    has_phone = platform_of(recipient.platform) in PLATFORMS
    return has_phone or bool(recipient.phone or recipient.email)


def _page(found: CaseReceipt, notice: Notice, lang: Lang) -> receipt_pages.Page:
    words = wording.worded(notice, lang)
    lines = (
        *found.lines,
        (_AT.in_language(lang), _written(notice.created_at)),
        (_SAYS.in_language(lang), words.body),
    )
    return receipt_pages.Page(words.title, lines, _SCAN.in_language(lang), found.url)


def _written(at: datetime) -> str:
    return f"{office_time(at):%Y-%m-%d %H:%M}"
