"""Deliveries as citizens ask for them: requested, cancelled and sent elsewhere, and followed.

A case has at most one delivery in each direction at a time: its id follows from the case, the
direction and how many came before, so that two requests at once make one. What goes to the citizen
waits until the case's result is issued; only then is the courier told.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Final

from chalicelib.cases import service as cases
from chalicelib.cases.domain import Address, Case
from chalicelib.cases.domain import Status as CaseStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.core import audit, history, idempotency, pagination
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import rfc3339
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    NotFound,
    TryAgain,
    Unauthenticated,
    WrongStatus,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.pagination import Page
from chalicelib.deliveries import accounts, addresses, couriers, messages, proof, sending, storage
from chalicelib.deliveries.accounts import Courier
from chalicelib.deliveries.domain import (
    DELIVERY_ID_LENGTH,
    Delivery,
    DeliveryInProgress,
    Direction,
    Flag,
    NoCourier,
    NotDeliverable,
    Noted,
    Status,
    check_changeable,
)
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal

_TRIES: Final = 8
_PAGE: Final = 100
_SUFFIX: Final = DELIVERY_ID_LENGTH - storage.CITIZEN_ID_LENGTH
_MOST_OF_A_CASE: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a citizen asks for."""

    case_id: str
    direction: Direction
    address: Address
    courier_id: str | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a courier is told: the parcel's own, unless another is named."""

    type_: messages.Type
    data: Mapping[str, object] = field(default_factory=dict)
    courier_id: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A decided change: the delivery after it, what it is called, and what the courier is told."""

    delivery: Delivery
    type_: str
    tells: tuple[Outgoing, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def request(
    caller: Citizen, wanted: Wanted, attempt: Attempt, now: datetime
) -> tuple[Delivery, bool]:
    """Ask for a delivery; tells whether the same attempt had done so before.

    Raises NotFound, InvalidRequest, NotDeliverable, NoCourier, WrongStatus, DeliveryInProgress or
    IdempotencyKeyReused.
    """
    case = cases.mine(caller.citizen_id, wanted.case_id)
    if not catalogue.service(case.service_id).deliverable:
        raise NotDeliverable
    courier = _courier(case.office_id, wanted, now)
    for before in range(_MOST_OF_A_CASE):
        delivery_id = id_of(case.case_id, wanted.direction, before)
        made = _create(
            case, delivery_id, wanted.direction, wanted.address, courier, caller.actor, attempt, now
        )
        if made:
            return made, False
        existing = load(delivery_id)
        if idempotency.already_applied(existing.ledger, attempt):
            return existing, True
        if not existing.ended or existing.status is Status.DELIVERED:
            raise DeliveryInProgress(delivery_id=delivery_id)
    raise WrongStatus(current=existing.status)


def mine(citizen_id: str, delivery_id: str) -> Delivery:
    """Return the citizen's own delivery; raises NotFound."""
    if not delivery_id.startswith(citizen_id):
        raise NotFound
    return load(delivery_id)


def load(delivery_id: str) -> Delivery:
    """Return a delivery; raises NotFound."""
    found = storage.load(delivery_id) if len(delivery_id) == DELIVERY_ID_LENGTH else None
    if found is None:
        raise NotFound
    return found


def list_mine(
    citizen_id: str, case_id: str | None, position: str | None, limit: int
) -> Page[Delivery]:
    """Return the citizen's deliveries, of a page those of the case."""
    page = storage.list_of(citizen_id, position, limit)
    kept = [found for found in page.items if case_id in (None, found.case_id)]
    return Page(tuple(sorted(kept, key=lambda d: d.created_at)), page.next_position)


def cancel(
    caller: Citizen, delivery_id: str, attempt: Attempt, now: datetime
) -> tuple[Delivery, bool]:
    """Cancel before pick-up; a second time answers the same. Raises NotFound or WrongStatus."""

    def decide(old: Delivery) -> Step | None:
        if old.status is Status.CANCELLED:
            return None
        check_changeable(old)
        return cancelled(old)

    return change(lambda: mine(caller.citizen_id, delivery_id), decide, caller.actor, now, attempt)


def change_address(
    caller: Citizen, delivery_id: str, address: Address, attempt: Attempt, now: datetime
) -> tuple[Delivery, bool]:
    """Send elsewhere before pick-up; raises NotFound, NoCourier or WrongStatus."""
    key = identity.key_of(caller.citizen_id)

    def decide(old: Delivery) -> Step | None:
        check_changeable(old)
        if addresses.unseal(key, delivery_id, old.sealed) == address:
            return None
        if old.courier_id and not couriers.find(old.courier_id).reach(address.division_code):
            raise NoCourier
        sealed = addresses.seal(key, delivery_id, address)
        new = replace(old, sealed=sealed, area=address.division_code)
        told = Outgoing("delivery.address_changed", {"address": asdict(address)})
        return Step(new, "delivery.address_changed", (told,) if old.released else ())

    return change(lambda: mine(caller.citizen_id, delivery_id), decide, caller.actor, now, attempt)


def address_of(delivery: Delivery) -> Address:
    """Return a delivery's address in clear; of one that was erased only the area is left."""
    try:
        key = identity.key_of(delivery.citizen_id)
        return addresses.unseal(key, delivery.delivery_id, delivery.sealed)
    except (NotFound, Unauthenticated, DecryptionError):
        return Address("", "", delivery.area, "")


def reports_of(delivery: Delivery) -> list[Noted]:
    """Return what the courier reported, in order."""
    return storage.load_reports(delivery.delivery_id) if delivery.reports else []


def history_of(delivery_id: str) -> audit.Kept | None:
    """Return the history of a delivery, for auditors."""
    found = storage.load(delivery_id) if len(delivery_id) == DELIVERY_ID_LENGTH else None
    if found is None:
        return None
    entries = tuple(storage.load_entries(delivery_id))
    return audit.Kept(entries, found.head, found.office_id, found.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's deliveries as plain JSON values, for their export."""
    return [
        {
            "delivery_id": found.delivery_id,
            "case_id": found.case_id,
            "direction": found.direction,
            "courier_id": found.courier_id,
            "status": found.status.value,
            "address": asdict(address_of(found)),
            "created_at": rfc3339(found.created_at),
        }
        for found in _all_of(citizen_id)
    ]


def open_things(citizen_id: str) -> list[str]:
    """Return the ids of a citizen's parcels that are still under way."""
    return [found.delivery_id for found in _all_of(citizen_id) if not found.ended]


def _all_of(citizen_id: str) -> Iterator[Delivery]:
    return pagination.every(lambda position: storage.list_of(citizen_id, position, _PAGE))


audit.sources.append(history_of)
# All that is personal is sealed under the citizen's key, so that nothing is left to erase.
personal.holders.append(
    personal.Holder("deliveries", held_about, open_things, lambda _citizen_id, _now: None)
)


def id_of(case_id: str, direction: Direction, before: int) -> str:
    """Return the id of a case's delivery after `before` others of this direction."""
    derived = derived_id("delivery", case_id, direction, str(before), length=_SUFFIX)
    return case_id[: storage.CITIZEN_ID_LENGTH] + derived


def current(case_id: str, direction: Direction) -> Delivery | None:
    """Return a case's latest delivery of this direction."""
    latest = None
    for before in range(_MOST_OF_A_CASE):
        found = storage.load(id_of(case_id, direction, before))
        if found is None:
            break
        latest = found
        if not found.ended:
            break
    return latest


def begin(
    case: Case, address: Address, actor: str, attempt: Attempt, now: datetime
) -> Delivery | None:
    """Make the delivery to the citizen that the application asked for; again changes nothing.

    When no courier can be had, staff see it among the exceptions.
    """
    courier = choose(case.office_id, "to_citizen", address.division_code, now)
    delivery_id = id_of(case.case_id, "to_citizen", 0)
    return _create(case, delivery_id, "to_citizen", address, courier, actor, attempt, now)


def release(old: Delivery, now: datetime) -> Step:
    """Tell the courier of a delivery that waited."""
    new = replace(old, released=True, watch_at=now + old.quiet)
    return Step(new, "delivery.released", (_asking(new, address_of(old)),))


def cancelled(old: Delivery) -> Step:
    """Return a delivery that is not wanted any longer."""
    track = replace(old.track, end=Status.CANCELLED)
    tells = (Outgoing("delivery.cancelled"),) if old.released and old.courier_id else ()
    return Step(replace(old, track=track, flag=None), "delivery.cancelled", tells)


def assigned(old: Delivery, courier: Courier, now: datetime) -> Step:
    """Return a delivery given to another courier."""
    new = replace(old, courier_id=courier.courier_id, flag=None, asked=False)
    if not old.released:
        return Step(new, "delivery.assigned")
    new = replace(new, watch_at=now + new.quiet)
    asking = _asking(new, address_of(old))
    if old.courier_id is None:
        return Step(new, "delivery.assigned", (asking,))
    former = Outgoing("delivery.cancelled", courier_id=old.courier_id)
    return Step(new, "delivery.assigned", (former, asking))


def change(
    find: Callable[[], Delivery],
    decide: Callable[[Delivery], Step | None],
    actor: str,
    now: datetime,
    attempt: Attempt | None = None,
) -> tuple[Delivery, bool]:
    """Change a delivery in one transaction; tells whether the same attempt had done so before."""
    for _ in range(_TRIES):
        old = find()
        if attempt and idempotency.already_applied(old.ledger, attempt):
            return old, True
        step = decide(old)
        if step is None:
            return old, False
        new, entry, sent = put_together(old, step, actor, now, attempt)
        if storage.store(new, entry, sent=sent):
            return new, False
    raise TryAgain(retry_after=1)


def put_together(
    old: Delivery, step: Step, actor: str, now: datetime, attempt: Attempt | None = None
) -> tuple[Delivery, history.Entry, list[messages.Message]]:
    """Make a change's record, entry and messages, of which none is kept without the others."""
    sent = _messages(step.delivery, step.tells, now)
    new = replace(step.delivery, messages=old.messages + len(sent))
    facts = {**_facts(old, new), **step.facts}
    if sent:
        facts["message"] = sent[-1].message_id
    entry = history.append(
        old.delivery_id, old.head, type_=step.type_, at=now, actor=actor, data=facts
    )
    ledger = idempotency.note(old.ledger, attempt, now) if attempt else old.ledger
    return replace(new, version=entry.seq, head=entry.head, ledger=ledger), entry, sent


def choose(office_id: str, direction: Direction, area: str, now: datetime) -> Courier | None:
    """Return the courier who should have a hall's parcel, if any can."""
    found = couriers.everyone()
    return accounts.choose(found, couriers.health(), office_id, direction, area, now)


def _courier(office_id: str, wanted: Wanted, now: datetime) -> Courier:
    area = wanted.address.division_code
    if wanted.courier_id is None:
        chosen = choose(office_id, wanted.direction, area, now)
        if chosen is None:
            raise NoCourier
        return chosen
    for courier in couriers.everyone():
        is_wanted = courier.courier_id == wanted.courier_id
        if is_wanted and courier.can(office_id, wanted.direction, area):
            return courier
    detail = Text("该快递公司无法承接", "This courier cannot take it")
    raise InvalidRequest(errors=[FieldError("/courier_id", "unavailable", detail)])


def _create(  # noqa: PLR0913 - a delivery has these facts.
    case: Case,
    delivery_id: str,
    direction: Direction,
    address: Address,
    courier: Courier | None,
    actor: str,
    attempt: Attempt,
    now: datetime,
) -> Delivery | None:
    """Make a delivery; None when it is there already."""
    released = _released(case, direction)
    blank = Delivery(
        delivery_id=delivery_id,
        citizen_id=case.citizen_id,
        case_id=case.case_id,
        office_id=case.office_id,
        service_id=case.service_id,
        direction=direction,
        sealed=addresses.seal(identity.key_of(case.citizen_id), delivery_id, address),
        area=address.division_code,
        created_at=now,
        courier_id=courier.courier_id if courier else None,
        released=released,
        proof_needed=direction == "to_citizen" and proof.is_needed(case.service_id),
        flag=None if courier else Flag.NO_COURIER,
        flagged_at=None if courier else now,
    )
    if released:
        blank = replace(blank, watch_at=now + blank.quiet)
    tells = (_asking(blank, address),) if released and courier else ()
    facts = {"flag": blank.flag.value} if blank.flag else {}
    step = Step(blank, "delivery.requested", tells, facts)
    new, entry, sent = put_together(blank, step, actor, now, attempt)
    return new if storage.store(new, entry, sent=sent) else None


def _released(case: Case, direction: Direction) -> bool:
    """Tell whether the courier may come at once; raises WrongStatus for what makes no sense."""
    if direction == "to_office":
        if case.ended or case.status is CaseStatus.ISSUED:
            raise WrongStatus(current=case.status)
        return True
    if case.ended:
        raise WrongStatus(current=case.status)
    return case.status is CaseStatus.ISSUED


def _asking(delivery: Delivery, address: Address) -> Outgoing:
    office = catalogue.office(delivery.office_id)
    return Outgoing(
        "delivery.requested",
        {
            "direction": delivery.direction,
            "address": asdict(address),
            "office": {"office_id": office.office_id, "name": office.name.zh},
            "proof_code_required": delivery.proof_needed,
        },
    )


def _messages(
    delivery: Delivery, tells: tuple[Outgoing, ...], now: datetime
) -> list[messages.Message]:
    if not tells or delivery.courier_id is None:
        return []
    key = identity.key_of(delivery.citizen_id)
    numbered = enumerate(tells, delivery.messages + 1)
    return [
        sending.compose(
            delivery.delivery_id,
            number,
            told.courier_id or delivery.courier_id,
            told.type_,
            {"delivery_id": delivery.delivery_id, **told.data},
            key,
            now,
        )
        for number, told in numbered
    ]


def _facts(old: Delivery, new: Delivery) -> dict[str, str]:
    facts = {
        "case": new.case_id,
        "office": new.office_id,
        "service": new.service_id,
        "direction": new.direction,
        "area": new.area,
        "status": new.status.value,
    }
    if new.courier_id:
        facts["courier"] = new.courier_id
    if old.courier_id and old.courier_id != new.courier_id:
        facts["former_courier"] = old.courier_id
    if new.flag and new.flag is not old.flag:
        facts["flag"] = new.flag.value
    if old.flag and new.flag is not old.flag:
        facts["answered_flag"] = old.flag.value
    return facts
