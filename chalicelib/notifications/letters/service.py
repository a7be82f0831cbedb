"""The newest notice of a case as a page to print, for who has no account, number or mail address.

It says what a receipt says, with the notice's title and words, and names no person: the clerk
writes the envelope. Who has a log-in reads the inbox, so nothing is printed for them.
"""

from datetime import datetime
from typing import Final

from chalicelib.cases.service import receipt, scope
from chalicelib.cases.service.receipt import CaseReceipt
from chalicelib.core import pagination, receipt_pages
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, Problem
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.identity.service import Channels
from chalicelib.notifications import storage
from chalicelib.notifications.channels import platform_of
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.domain.kinds import PLATFORMS
from chalicelib.notifications.letters import storage as letters
from chalicelib.notifications.letters.domain import Letter
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
    recipient = identity.channels(citizen_id)
    if recipient and is_reached(recipient):
        raise ReachedOtherwise
    return found, receipt_pages.pdf(_page(found, notice, lang), notice.created_at, lang)


def note(notice: Notice, recipient: Channels, office_id: str) -> None:
    """Keep that a case's notice is to be written to who is reached by nothing else. Idempotent."""
    if is_reached(recipient):
        return
    at = notice.created_at
    letters.keep(Letter(office_id, notice.subject_id, notice.notification_id, notice.event, at))


def list_due(staff: Staff, office_id: str, position: str | None, limit: int) -> Page[Letter]:
    """Return a page of what a hall is to write; raises NotFound for another hall."""
    if office_id not in staff.office_ids:
        raise NotFound
    return letters.list_of(office_id, position, limit)


def note_posted(staff: Staff, case_id: str, notification_id: str) -> None:
    """Note that a letter was posted; what was told since stays to be written. Idempotent.

    Raises NotFound for a case of another hall.
    """
    case = scope.case_of_own_hall(staff, case_id)
    letters.remove(case.office_id, case_id, notification_id)


def is_reached(recipient: Channels) -> bool:
    """Tell whether a person is told by a phone, a mail, or the inbox that a log-in opens."""
    has_login = platform_of(recipient.platform) in PLATFORMS
    return has_login or bool(recipient.phone or recipient.email)


def _newest(citizen_id: str, case_id: str) -> Notice | None:
    notices = pagination.every(lambda position: storage.list_notices(citizen_id, position, _PAGE))
    return next((one for one in notices if one.subject_id == case_id), None)


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
