"""The newest notice of a case as a page to print, for who has no log-in and whom no channel told.

It says what a receipt says, with the notice's title and words, and names no person: the clerk
writes the envelope. Who has a log-in reads the inbox, so nothing is printed for them; of anybody
else a text or mail that went out is what counts, not a number that they have: one that is nobody's,
or that was given after the news, told them nothing. What goes out of the list, and how:

- news that a channel took put an end to the letter about what was before it;
- of an account that is taken over, or whose person is no more, the list says nothing;
- a case that is handed over takes its letter along.
"""

from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Final

from chalicelib.cases import service as cases
from chalicelib.cases.service import receipt, staff_scope
from chalicelib.cases.service.receipt import CaseReceipt
from chalicelib.core import pagination, receipt_pages
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, Problem
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.pagination import Page
from chalicelib.identity.service import reach
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications import storage
from chalicelib.notifications.channels import platform_of
from chalicelib.notifications.domain import Notice, PushState
from chalicelib.notifications.domain.kinds import PLATFORMS
from chalicelib.notifications.letters import storage as letters
from chalicelib.notifications.letters.domain import Letter
from chalicelib.notifications.service import wording

_PAGE: Final = 100
# A channel took it, or is about to; of what it loses a letter is due then (`follow_ups`).
_TOLD: Final = (PushState.DUE, PushState.LATER, PushState.SENT, PushState.ARRIVED)
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
    citizen_id = _person(case_id)
    notice = _newest(citizen_id, case_id)
    if notice is None:
        raise NotFound
    recipient = reach.channels(citizen_id)
    if notice.push_state in _TOLD or (recipient and _has_login(recipient)):
        raise ReachedOtherwise
    return found, receipt_pages.pdf(_page(found, notice, lang), notice.created_at, lang)


def note(notice: Notice, recipient: Channels, *, current: bool) -> None:
    """Keep that a case's notice is to be written if nothing else told it. Idempotent.

    `current` says that it is still true; what was before it is written no more in any case.
    """
    stored = None if _has_login(recipient) else _stored(notice)
    if stored is None:
        return
    case_id, office_id = notice.subject_id, cases.load(notice.subject_id).office_id
    if stored.push_state in _TOLD:
        letters.remove_until(office_id, case_id, _seq(notice))
    elif current:
        told = (notice.notification_id, _seq(notice), notice.event, notice.created_at)
        letters.keep(Letter(office_id, case_id, *told))


def hand_over(case_id: str, from_office: str) -> None:
    """Let the letter of a case be written by the hall that has the case now. Idempotent."""
    letter = letters.load(from_office, case_id)
    office_id = cases.load(case_id).office_id if letter else from_office
    if letter and office_id != from_office:
        letters.keep(replace(letter, office_id=office_id))
        letters.remove_until(from_office, case_id, letter.seq)


def list_due(staff: Staff, office_id: str, position: str | None, limit: int) -> Page[Letter]:
    """Return a page of what a hall is to write; raises NotFound for another hall.

    A page may have fewer letters than it could, as who has a log-in by now is left out.
    """
    if office_id not in staff.office_ids:
        raise NotFound
    page = letters.list_of(office_id, position, limit)
    without = reach.without_login({_person(one.case_id) for one in page.items})
    due = tuple(one for one in page.items if _person(one.case_id) in without)
    return Page(due, page.next_position)


def note_posted(staff: Staff, case_id: str, notification_id: str) -> None:
    """Note that a letter was posted; what was told since stays to be written. Idempotent.

    Raises NotFound for a case of another hall.
    """
    case = staff_scope.case_of_own_hall(staff, case_id)
    letters.remove(case.office_id, case_id, notification_id)


def _has_login(recipient: Channels) -> bool:
    return platform_of(recipient.platform) in PLATFORMS


def _person(case_id: str) -> str:
    return case_id[:CITIZEN_ID_LENGTH]


def _stored(notice: Notice) -> Notice | None:
    return storage.load_notice(notice.citizen_id, notice.notification_id)


def _newest(citizen_id: str, case_id: str) -> Notice | None:
    every = pagination.every(lambda position: storage.list_notices(citizen_id, position, _PAGE))
    notices = (one for one in every if one.subject_id == case_id)
    newest = next(notices, None)
    if newest is None:
        return None
    # Lists go by the second, in which a machine decides more than one thing.
    same = takewhile(lambda one: one.created_at >= newest.created_at, notices)
    return max([newest, *same], key=_seq)


def _seq(notice: Notice) -> int:
    """Return the number of a notice's event in the history of its case."""
    return int(notice.event_id.rpartition(".")[2])


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
