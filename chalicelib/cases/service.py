"""What citizens do with their cases, and what other rooms tell about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, Final, Literal

from chalicelib.cases import changes, lodging, ratings, sealing, storage
from chalicelib.cases.domain import (
    ENDED,
    WITHDRAWABLE,
    Address,
    AlreadyRated,
    Body,
    Case,
    Given,
    Incomplete,
    PaymentStatus,
    Rating,
    Status,
)
from chalicelib.cases.storage import Whole
from chalicelib.cases.uploads import service as uploads
from chalicelib.catalogue import forms
from chalicelib.catalogue import service as catalogue
from chalicelib.core import audit, idempotency, parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, TryAgain, WrongStatus
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member, MemberInUse
from chalicelib.identity.service import personal

_TRIES: Final = 8
_PAGE: Final = 100
_SYSTEM: Final = "system:follow_up"
_NOTHING: Final = Text("请填写需要更正的内容", "Give what is to be corrected")
_PAYMENT_EVENTS: Final[Mapping[PaymentStatus, str]] = {
    "paid": "case.paid",
    "refunded": "case.refunded",
    "partly_refunded": "case.refunded",
}


@dataclass(frozen=True, slots=True)
class _Decision:
    """What a citizen's change makes of a case."""

    case: Case
    facts: Mapping[str, str]
    body: Body | None = None
    given: tuple[Given, ...] = ()
    rated_on: str | None = None


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
) -> tuple[Whole, bool]:
    """Answer a correction request: fields replace those of the form, null removes one.

    The limits go on where they stood. Raises NotFound, InvalidRequest, Incomplete, WrongStatus or
    IdempotencyKeyReused.
    """

    def decide(whole: Whole) -> _Decision:
        old = whole.case
        if old.status is not Status.CORRECTION_REQUESTED:
            raise WrongStatus(current=old.status)
        if not form and not materials:
            raise InvalidRequest(errors=[FieldError("", "nothing_given", _NOTHING)])
        service = catalogue.service(old.service_id)
        before = sealing.open_form(case_id, whole.body.form) or {}
        merged = forms.read(service, _merged(before, form))
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
        return _Decision(case, {"changed": " ".join(changed)}, body, materials)

    return _change(caller, case_id, attempt, now, "case.corrected", decide)


def withdraw(
    caller: Citizen, case_id: str, reason: str | None, attempt: Attempt, now: datetime
) -> tuple[Whole, bool]:
    """Take a case back before it is decided; a second time answers the same.

    Raises NotFound, WrongStatus or IdempotencyKeyReused.
    """

    def decide(whole: Whole) -> _Decision:
        old = whole.case
        if old.status is Status.WITHDRAWN:
            return _Decision(old, {})
        if old.status not in WITHDRAWABLE:
            raise WrongStatus(current=old.status)
        facts = {"note": sealing.seal_note(case_id, reason)} if reason else {}
        case = replace(old, status=Status.WITHDRAWN, decided_at=now)
        return _Decision(changes.answered(case), facts)

    return _change(caller, case_id, attempt, now, "case.withdrawn", decide)


def rate(
    caller: Citizen, case_id: str, rating: Rating, attempt: Attempt, now: datetime
) -> tuple[Whole, bool]:
    """Rate a service once, after the end; it is counted with the change.

    Raises NotFound, WrongStatus, AlreadyRated or IdempotencyKeyReused.
    """

    def decide(whole: Whole) -> _Decision:
        old = whole.case
        if old.status not in ENDED:
            raise WrongStatus(current=old.status)
        if old.score is not None:
            raise AlreadyRated
        words = [*rating.tags, *filter(None, [rating.comment])]
        facts = {"score": str(rating.score)}
        if words:
            facts["note"] = sealing.seal_note(case_id, "\n".join(words))
        day = f"{office_time(now):%Y%m%d}"
        return _Decision(replace(old, score=rating.score), facts, rated_on=day)

    done = _change(caller, case_id, attempt, now, "case.rated", decide)
    ratings.forget()
    return done


def note_payment(
    case_id: str, event_id: str, now: datetime, truth: Callable[[], PaymentStatus]
) -> None:
    """Take note of what all payments of a case come to, once for each of their events.

    `truth` is read after the case, and each event writes the case: whatever the order in which
    events come, the last to write has read what all of them said. Raises NotFound.
    """

    def decide(old: Case) -> Case:
        return replace(old, payment_status=truth())

    def events(old: Case, new: Case) -> list[tuple[str, Mapping[str, str]]]:
        status = new.payment_status
        changed = status != old.payment_status
        type_ = _PAYMENT_EVENTS.get(status) if changed else None
        facts = {"payment": _subject(event_id), "payment_status": status}
        return [(type_ or "case.payment_updated", facts)]

    _note(case_id, event_id, now, decide, events)


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

    def decide(old: Case) -> Case:
        new = old
        if _is_later(event_id, old.delivery_seen):
            new = replace(
                old, delivery_id=delivery_id, delivery_status=status, delivery_seen=event_id
            )
        brought = status == "delivered" and direction == "to_citizen"
        if brought and old.status is Status.ISSUED:
            return changes.answered(replace(new, status=Status.COMPLETED))
        return new

    def events(old: Case, new: Case) -> list[tuple[str, Mapping[str, str]]]:
        facts = {"delivery": delivery_id, "delivery_status": status}
        found: list[tuple[str, Mapping[str, str]]] = [("case.delivery_updated", facts)]
        if new.status is not old.status:
            found.append(("case.completed", {}))
        return found

    _note(case_id, event_id, now, decide, events)


def history_of(case_id: str) -> audit.Kept | None:
    """Return a case's history, for auditors of its hall."""
    found = storage.load_whole(case_id)
    if found is None:
        return None
    case = found.case
    return audit.Kept(found.entries, case.head, case.office_id, case.citizen_id)


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


def _change(  # noqa: PLR0913 - a change has these facts.
    caller: Citizen,
    case_id: str,
    attempt: Attempt,
    now: datetime,
    type_: str,
    decide: Callable[[Whole], _Decision],
) -> tuple[Whole, bool]:
    whole = show(caller.citizen_id, case_id)
    for _ in range(_TRIES):
        if idempotency.already_applied(whole.case.ledger, attempt):
            return whole, True
        decision = decide(whole)
        if decision.case == whole.case:
            return whole, False
        new = changes.commit(
            whole.case,
            decision.case,
            [(type_, decision.facts)],
            caller.actor,
            now,
            attempt=attempt,
            body=decision.body,
            given=decision.given,
            rated_on=decision.rated_on,
        )
        whole = show(caller.citizen_id, case_id)
        if new:
            return whole, False
    raise TryAgain(retry_after=1)


def _note(
    case_id: str,
    event_id: str,
    now: datetime,
    decide: Callable[[Case], Case],
    events: Callable[[Case, Case], list[tuple[str, Mapping[str, str]]]],
) -> None:
    for _ in range(_TRIES):
        old = storage.load(case_id)
        if old is None:
            raise NotFound
        new = decide(old)
        if changes.commit(old, new, events(old, new), _SYSTEM, now, event_id=event_id):
            return
        if storage.was_noted(case_id, event_id):
            return
    raise TryAgain(retry_after=1)


def _subject(event_id: str) -> str:
    return event_id.rpartition(".")[0]


def _is_later(event_id: str, seen: str | None) -> bool:
    """Tell whether an event is not older than the last one of the same subject."""
    if seen is None or _subject(seen) != _subject(event_id):
        return True
    return int(event_id.rpartition(".")[2]) > int(seen.rpartition(".")[2])


def _all_of(citizen_id: str) -> Iterator[Whole]:
    position: str | None = None
    while True:
        page = list_mine(citizen_id, position, _PAGE)
        yield from page.items
        position = page.next_position
        if position is None:
            return


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


def _member_leaves(citizen_id: str, member: Member) -> None:
    cases = (whole.case for whole in _all_of(citizen_id))
    if any(case.for_member == member.member_id and not case.ended for case in cases):
        raise MemberInUse


audit.sources.append(history_of)
audit.halls_of.append(lambda citizen_id: (one.case.office_id for one in _all_of(citizen_id)))
identity.member_leaves.append(_member_leaves)
personal.holders.append(personal.Holder("cases", held_about, open_things, forget, storage.bar))
personal.holders.append(
    personal.Holder("uploads", uploads.held_about, uploads.nothing_open, uploads.erase_all)
)
