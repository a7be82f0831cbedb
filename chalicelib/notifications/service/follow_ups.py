"""Looking after a notice again: what waited for the morning, and what a service later reports.

A report is asked for, not believed when it comes: neither SMS service signs what it pushes. One
that says that a message did not arrive makes the notice due over the next channel, by a conditional
write that only one makes; then the event is processed again and finds it. Without a next channel it
is processed again too, as a letter may be due then. A service that never reports is asked for three
days; the inbox has the notice all the while.
"""

from collections.abc import Callable
from datetime import datetime

from chalicelib.identity.service import reach
from chalicelib.identity.service.reach import Channels
from chalicelib.notifications import storage
from chalicelib.notifications.domain import Arrival, FollowUp, Notice, PushState
from chalicelib.notifications.service import dispatch

_LOST = (Arrival.FAILED, Arrival.UNREACHABLE)


def follow(follow_up: FollowUp, again: Callable[[], object], now: datetime) -> FollowUp | None:
    """Do what is due of a notice and return when to look after it next; None when it is done.

    `again` processes what made the notice. Raises ChannelUnavailable or TryAgain when the follow-up
    stays due.
    """
    notice = storage.load_notice(follow_up.citizen_id, follow_up.notification_id)
    recipient = reach.channels(follow_up.citizen_id)
    if notice is None or recipient is None:
        return None
    if notice.push_state is PushState.SENT and notice.asked_at:
        arrival = dispatch.arrival_of(notice, recipient, now)
        if arrival not in _LOST:
            return _noted(notice, arrival, follow_up, now)
        _lost(notice, recipient, arrival)
        again()
        return None
    if notice.waits or notice.push_state is PushState.UNDELIVERED:
        again()
    return None


def _noted(notice: Notice, arrival: Arrival, follow_up: FollowUp, now: datetime) -> FollowUp | None:
    if arrival is Arrival.ARRIVED:
        storage.note_report(notice, PushState.ARRIVED)
        return None
    return follow_up.after(now)


def _lost(notice: Notice, recipient: Channels, arrival: Arrival) -> None:
    dispatch.note_reported(notice, recipient, arrival)
    if notice.route:
        storage.reopen(notice)
    else:
        storage.note_report(notice, PushState.UNDELIVERED)
