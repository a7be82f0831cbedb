"""What citizens do with their cases, and what other rooms tell about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import chain
from typing import Any, Final, Literal

from chalicelib.cases import changes, lodging, ratings, sealing, storage
from chalicelib.cases.domain import (
    ENDED,
    WITHDRAWABLE,
    Address,
    AlreadyRated,
    Case,
    Given,
    Incomplete,
    PaymentStatus,
    Rating,
    Status,
    Whole,
)
from chalicelib.cases.storage import Effects
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import forms
from chalicelib.core import audit, pagination, parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author, Change, apply
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.decisions import Decision
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, WrongStatus
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.identity.domain import Member, MemberInUse
from chalicelib.identity.service import personal

_PAGE: Final = 100
_SYSTEM: Final = "system:follow_up"
_NOTHING: Final = Text("请填写需要更正的内容", "Give what is to be corrected")
_PAYMENT_EVENTS: Final[Mapping[PaymentStatus, str]] = {
    "paid": "case.paid",
    "refunded": "case.refunded",
    "partly_refunded": "case.refunded",
}


Decided = Decision[Whole, Effects]


def load(case_id: str) -> Case:
    """Return a case with its sealed address; raises NotFound."""
    found = storage.load_with_body(case_id)
    if found is None:
        raise NotFound
    return found[0]


def mine(citizen_id: str, case_id: str) -> Case:
    """Return the citizen's own case; raises NotFound."""
    if not case_id.startswith(citizen_id):
        raise NotFound
    return load(case_id)


def show(citizen_id: str, case_id: str) -> Whole:
    """Return all of the citizen's own case; raises NotFound."""
    found = storage.load_whole(case_id) if case_id.startswith(citizen_id) else None
    if found is None:
        raise NotFound
    return found


def list_mine(citizen_id: str, position: str | None, limit: int) -> Page[Whole]:
    """Return the citizen's cases, newest first: one Query for the page, and one for each."""
    page = storage.list_of(citizen_id, position, limit)
    found = parallel.map_concurrently(storage.load_whole, page.items)
    return Page(tuple(whole for whole in found if whole), page.next_position)


def delivery_address(case_id: str) -> Address | None:
    """Return where the result is to be brought, in clear; raises NotFound."""
    case = load(case_id)
    return sealing.open_address(case_id, case.wanted_delivery)


def correct(  # noqa: PLR0913 - a correction has these facts.
    caller: Citizen,
    case_id: str,
    form: Mapping[str, Any],
    materials: tuple[Given, ...],
    attempt: Attempt,
    now: datetime,
) -> Applied[Whole]:
    """Answer a correction request: fields replace those of the form, null removes one.

    The limits go on where they stood. Raises NotFound, InvalidRequest, Incomplete, WrongStatus or
    IdempotencyKeyReused.
    """

    def decide(whole: Whole) -> Decided | None:
        old = whole.case
        if old.status is not Status.CORRECTION_REQUESTED:
            raise WrongStatus(current=old.status)
        if not form and not materials:
            raise InvalidRequest(errors=[FieldError("", "nothing_given", _NOTHING)])
        service = catalogue.service(old.service_id)
        before = sealing.open_form(case_id, whole.body.form) or {}
        merged = forms.normalized(service, _merged(before, form))
        given = _with_new_pages(whole.body.materials, materials)
        errors = lodging.content_errors(caller.citizen_id, service, merged, given, now, before)
        if errors:
            raise Incomplete(errors=errors)
        body = replace(
            whole.body,
            form=sealing.seal_form(case_id, merged),
            materials=given,
        )
        changed = [f"/form/{name}" for name in form]
        changed += dict.fromkeys(f"/materials/{one.material_id}" for one in materials)
        case = changes.answered(replace(old, status=Status.SUBMITTED))
        event = ("case.corrected", {"changed": " ".join(changed)})
        effects = Effects(body=body, given=materials)
        return _decided(replace(whole, body=body), case, now, event, effects)

    return _change(caller, case_id, attempt, now, decide)


def withdraw(
    caller: Citizen, case_id: str, reason: str | None, attempt: Attempt, now: datetime
) -> Applied[Whole]:
    """Take a case back before it is decided; a second time answers the same.

    Raises NotFound, WrongStatus or IdempotencyKeyReused.
    """

    def decide(whole: Whole) -> Decided | None:
        old = whole.case
        if old.status is Status.WITHDRAWN:
            return None
        if old.status not in WITHDRAWABLE:
            raise WrongStatus(current=old.status)
        facts = {"note": sealing.seal_note(case_id, reason)} if reason else {}
        case = replace(old, status=Status.WITHDRAWN, decided_at=now)
        return _decided(whole, changes.answered(case), now, ("case.withdrawn", facts))

    return _change(caller, case_id, attempt, now, decide)


def rate(
    caller: Citizen, case_id: str, rating: Rating, attempt: Attempt, now: datetime
) -> Applied[Whole]:
    """Rate a service once, after the end; it is counted with the change.

    Raises NotFound, WrongStatus, AlreadyRated or IdempotencyKeyReused.
    """

    def decide(whole: Whole) -> Decided | None:
        old = whole.case
        if old.status not in ENDED:
            raise WrongStatus(current=old.status)
        if old.score is not None:
            raise AlreadyRated
        words = [*rating.tags, *filter(None, [rating.comment])]
        facts = {"score": str(rating.score)}
        if words:
            facts["note"] = sealing.seal_note(case_id, "\n".join(words))
        effects = Effects(rated_on=f"{office_time(now):%Y%m%d}")
        return _decided(
            whole, replace(old, score=rating.score), now, ("case.rated", facts), effects
        )

    applied = _change(caller, case_id, attempt, now, decide)
    ratings.forget()
    return applied


def note_payment(
    case_id: str, event_id: str, now: datetime, truth: Callable[[], PaymentStatus]
) -> None:
    """Take note of what all payments of a case come to, once for each of their events.

    `truth` is read after the case, and each event writes the case: whatever the order in which
    events come, the last to write has read what all of them said. Raises NotFound.
    """

    def decide(old: Case) -> changes.Decided:
        new = replace(old, payment_status=truth())
        type_ = "case.payment_updated"
        if new.payment_status != old.payment_status:
            type_ = _PAYMENT_EVENTS.get(new.payment_status, type_)
        facts = {"payment": _subject(event_id), "payment_status": new.payment_status}
        return changes.decided(new, now, (type_, facts), effects=Effects(event_id=event_id))

    _note(case_id, event_id, now, decide)


def was_noted(case_id: str, event_id: str) -> bool:
    """Tell whether a payment's or a delivery's event was taken note of."""
    return storage.was_noted(case_id, event_id)


def note_delivery(  # noqa: PLR0913 - a report has these facts.
    case_id: str,
    delivery_id: str,
    status: str,
    event_id: str,
    now: datetime,
    *,
    direction: Literal["to_citizen", "to_office"] = "to_citizen",
) -> None:
    """Take note of a delivery's event, once for each; what was brought ends an issued case.

    Raises NotFound.
    """

    def decide(old: Case) -> changes.Decided:
        new, events = old, [("case.delivery_updated", facts)]
        if _is_later(event_id, old.delivery_seen):
            new = replace(
                old, delivery_id=delivery_id, delivery_status=status, delivery_seen=event_id
            )
        brought = status == "delivered" and direction == "to_citizen"
        if brought and old.status is Status.ISSUED:
            new = changes.answered(replace(new, status=Status.COMPLETED))
            events.append(("case.completed", {}))
        return changes.decided(new, now, *events, effects=Effects(event_id=event_id))

    facts = {"delivery": delivery_id, "delivery_status": status}
    _note(case_id, event_id, now, decide)


def history_of(case_id: str) -> audit.SubjectHistory | None:
    """Return a case's history, for auditors of its hall."""
    found = storage.load_whole(case_id)
    if found is None:
        return None
    case = found.case
    return audit.SubjectHistory(found.entries, case.head, case.office_id, case.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's cases as plain JSON values, for their export."""
    return [_exported(whole) for whole in _all_of(citizen_id)]


def open_things(citizen_id: str) -> list[str]:
    """Return the ids of the citizen's cases that have not ended."""
    return [whole.case.case_id for whole in _all_of(citizen_id) if not whole.case.ended]


def forget(citizen_id: str, _now: datetime) -> None:
    """Drop what is sealed of a citizen's cases; states and times stay."""
    for whole in _all_of(citizen_id):
        storage.forget_body(whole.case.case_id)


def _with_new_pages(before: Sequence[Given], new: Sequence[Given]) -> tuple[Given, ...]:
    """Return what is given after a correction: a material given anew replaces all its pages.

    Materials stand in the order in which they were first given.
    """
    pages: dict[str, list[Given]] = {one.material_id: [] for one in (*before, *new)}
    anew = {one.material_id for one in new}
    for one in (*(one for one in before if one.material_id not in anew), *new):
        pages[one.material_id].append(one)
    return tuple(chain.from_iterable(pages.values()))


def _merged(form: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    # Nothing to remove is not a removal: it stays in, to be told as what the form does not ask.
    merged = {**form, **given}
    return {n: value for n, value in merged.items() if value is not None or n not in form}


def _change(
    caller: Citizen,
    case_id: str,
    attempt: Attempt,
    now: datetime,
    decide: Callable[[Whole], Decided | None],
) -> Applied[Whole]:
    applied = apply(
        lambda: show(caller.citizen_id, case_id),
        decide,
        _store,
        Author(caller.actor, now, attempt),
    )
    if not applied.entries:
        return applied
    whole = applied.new
    return replace(applied, new=replace(whole, entries=(*whole.entries, *applied.entries)))


def _decided(
    whole: Whole,
    case: Case,
    now: datetime,
    event: tuple[str, Mapping[str, str]],
    effects: Effects | None = None,
) -> Decided:
    decision = changes.decided(case, now, event, effects=effects)
    return Decision(replace(whole, case=decision.new), decision.events, decision.effects)


def _store(change: Change[Whole, Effects]) -> bool:
    of_case = Change(change.old.case, change.new.case, change.entries, change.effects)
    return storage.store_change(of_case)


def _note(
    case_id: str, event_id: str, now: datetime, decide: Callable[[Case], changes.Decided]
) -> None:
    """Take note of an event, once."""
    changes.apply(
        lambda: _state(case_id),
        decide,
        Author(_SYSTEM, now),
        done=lambda: storage.was_noted(case_id, event_id),
    )


def _state(case_id: str) -> Case:
    case = storage.load(case_id)
    if case is None:
        raise NotFound
    return case


def _subject(event_id: str) -> str:
    return event_id.rpartition(".")[0]


def _is_later(event_id: str, seen: str | None) -> bool:
    """Tell whether an event is not older than the last one of the same subject."""
    if seen is None or _subject(seen) != _subject(event_id):
        return True
    return int(event_id.rpartition(".")[2]) > int(seen.rpartition(".")[2])


def _all_of(citizen_id: str) -> Iterator[Whole]:
    return pagination.every(lambda position: list_mine(citizen_id, position, _PAGE))


def _exported(whole: Whole) -> dict[str, object]:
    case, body = whole.case, whole.body
    address = sealing.open_address(case.case_id, body.delivery)
    return {
        "case_id": case.case_id,
        "receipt_number": case.receipt_number,
        "service_id": case.service_id,
        "office_id": case.office_id,
        "status": case.status.value,
        "for_member": case.for_member,
        "lodged_at": rfc3339(case.lodged_at),
        "form": sealing.open_form(case.case_id, body.form),
        "materials": [
            {"material_id": given.material_id, "upload_id": given.upload_id}
            for given in body.materials
        ],
        "delivery": asdict(address) if address else None,
        "timeline": [
            {
                "at": entry.at,
                "event": entry.type,
                "note": sealing.open_note(case.case_id, entry.data.get("note")),
            }
            for entry in whole.entries
        ],
    }


def member_leaves(citizen_id: str, member: Member) -> None:
    """Refuse to let a member of the family go whose case has not ended; raises MemberInUse."""
    cases = (whole.case for whole in _all_of(citizen_id))
    if any(case.for_member == member.member_id and not case.ended for case in cases):
        raise MemberInUse


def office_ids_of(citizen_id: str) -> Iterator[str]:
    """Return the ids of the halls where a citizen lodged cases."""
    return (whole.case.office_id for whole in _all_of(citizen_id))


PERSONAL_DATA: Final = personal.Holder("cases", held_about, open_things, forget, storage.bar)
