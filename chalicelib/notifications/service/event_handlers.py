"""What an event makes: one notice, kept under an id that follows from the event.

Processed again, it finds its notice and goes on with what was left undone.
"""

from datetime import datetime
from typing import Final, cast

from chalicelib.core.event_facts import CaseFacts, MandateFacts
from chalicelib.core.events import Event
from chalicelib.identity import service as identity
from chalicelib.identity.service import reach
from chalicelib.mandates import service as mandates
from chalicelib.notifications import storage
from chalicelib.notifications.domain import PushState
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.notifications.letters import service as letters
from chalicelib.notifications.service import event_facts, reminders, sending
from chalicelib.notifications.service.event_facts import EventFacts
from chalicelib.notifications.service.sending import Occasion

_CITIZEN: Final = "citizen:"
_STAFF: Final = "staff:"
# What somebody may do for another by a mandate.
_ACTS: Final = ("appointment.", "case.", "delivery.", "payment.")


def on_event(event: Event, now: datetime) -> None:
    """Tell the citizen of an event, once, and plan what will remind them.

    An event that nobody needs to hear of does nothing. Raises ChannelUnavailable or TryAgain when
    the event should come again.
    """
    if event.type == "case.transferred":
        letters.hand_over(event.subject, cast("CaseFacts", event.data)["from_office"])
    if event.type not in TEMPLATES:
        return
    citizen_id = event_facts.citizen_of(event)
    recipient = reach.channels(citizen_id) if citizen_id else None
    if citizen_id is None or recipient is None:
        return
    about = event_facts.facts_of(event, citizen_id)
    if about.appointment:
        reminders.plan(about.appointment, event.moment, now)
    facts = {name: value for name, value in about.facts.items() if name != "mandate"}
    if _is_by_another(event, citizen_id):
        facts["by"] = event.actor.removeprefix(_CITIZEN)
    notice = sending.notice_of(
        citizen_id, event.type, event.event_id, event.subject, facts, event.moment
    )
    occasion = _occasion(event, citizen_id)
    sending.tell(notice, recipient, now, current=about.current, occasion=occasion)
    if _is_written(event, about):
        letters.note(notice, recipient, current=about.current)
    if event.type.startswith("mandate."):
        _tell_also(cast("MandateFacts", event.data)["agent"], event, about, now)
    _tell_principal(citizen_id, event, about, now)
    _tell_agent(event, about, now)


def _is_written(event: Event, about: EventFacts) -> bool:
    """Tell whether news of a case are worth a letter: not what a receipt said at the counter.

    Who acts by a right is told instead.
    """
    is_news = event.type.startswith("case.") and event.type != "case.submitted"
    return is_news and "office" in about.facts and "mandate" not in about.facts


def _tell_principal(citizen_id: str, event: Event, about: EventFacts, now: datetime) -> None:
    """Tell the same to the person for whom the citizen acts, if they agreed and have an account."""
    member_id = about.facts.get("member")
    if member_id is None or event.type.startswith("family."):
        return
    principal = identity.principal_of(citizen_id, member_id, now)
    others = {name: value for name, value in about.facts.items() if name != "member"}
    if principal:
        _tell_also(
            principal, event, EventFacts({**others, "agent": citizen_id}, about.current), now
        )


def _tell_agent(event: Event, about: EventFacts, now: datetime) -> None:
    """Tell the same to who acts for the owner by the right, while they may read of it."""
    mandate_id = about.facts.get("mandate")
    for agent in mandates.agents_to_tell(mandate_id, now) if mandate_id else ():
        _tell_also(agent, event, about, now)


def _is_by_another(event: Event, citizen_id: str) -> bool:
    actor = event.actor.removeprefix(_CITIZEN)
    return event.type.startswith(_ACTS) and actor not in (event.actor, citizen_id)


def _tell_also(citizen_id: str, event: Event, about: EventFacts, now: datetime) -> None:
    """Tell another than whose thing it is, if they have an account."""
    recipient = reach.channels(citizen_id)
    if recipient is None:
        return
    notice = sending.notice_of(
        citizen_id, event.type, event.event_id, event.subject, about.facts, event.moment
    )
    occasion = _occasion(event, citizen_id)
    sending.tell(notice, recipient, now, current=about.current, occasion=occasion)


def _occasion(event: Event, citizen_id: str) -> Occasion:
    """Return what makes a notice: who did it themselves, or stands at a counter, is awake."""
    at_counter = event.type == "case.submitted" and event.actor.startswith(_STAFF)
    is_own = event.actor == f"{_CITIZEN}{citizen_id}"
    return Occasion.of_event(event, awake=is_own or at_counter)


def arrived(event: Event) -> bool:
    """Tell whether the citizen has been told of an event, or nobody needs to hear of it.

    A message that is still due was left by a worker that did not come to its end.
    """
    if event.type not in TEMPLATES:
        return True
    citizen_id = event_facts.citizen_of(event)
    if citizen_id is None:
        return True
    notification_id = sending.id_of(event.type, event.event_id, event.moment)
    notice = storage.load_notice(citizen_id, notification_id)
    return (notice is not None and notice.push_state is not PushState.DUE) or reach.channels(
        citizen_id
    ) is None
