"""Lodging an application: everything that is missing or wrong is told at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.cases import limits, receipts, sealing, storage
from chalicelib.cases.domain import (
    Address,
    Body,
    Case,
    Given,
    Incomplete,
    Status,
    VerificationRequired,
    Whole,
    next_look,
)
from chalicelib.cases.uploads import service as uploads
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Office, Service, forms
from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.core.errors import (
    FieldError,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    TryAgain,
    Unauthenticated,
    pointer,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity

_TRIES: Final = 3
# Files for one material: a register, a contract or a deed is photographed page by page.
PAGES: Final = 10
_SEED_LENGTH: Final = 22
_UNKNOWN: Final = Text("没有找到", "Not found")
_REQUIRED: Final = Text("请提供此项材料", "This material is required")
_NOT_ASKED: Final = Text("本事项不需要此材料", "This material is not asked for")
_TWICE: Final = Text("同一个文件重复提交", "One file is given twice for this material")
_TOO_MANY: Final = Text("此项材料最多 10 个文件", "At most 10 files for this material")
_NOT_OFFERED: Final = Text("目前没有大厅办理此事项", "No hall offers this service at present")
_NOT_DELIVERED: Final = Text("本事项的结果不支持寄送", "The result of this service is not sent")


@dataclass(frozen=True, slots=True)
class Application:
    """What a citizen lodges; without an office the first that offers the service takes it."""

    service_id: str
    form: Mapping[str, Any]
    materials: tuple[Given, ...] = ()
    office_id: str | None = None
    for_member: str | None = None
    delivery: Address | None = None


def lodge(
    caller: Citizen, wanted: Application, attempt: Attempt, now: datetime
) -> tuple[Whole, bool]:
    """Lodge an application; tells whether the same attempt had done so before.

    Raises VerificationRequired, InvalidRequest, Incomplete or IdempotencyKeyReused.
    """
    try:
        service, office = _checked(wanted)
        person = _person(caller, wanted.for_member)
        wanted = replace(wanted, form=forms.normalized(service, wanted.form))
        _check_complete(caller.citizen_id, service, wanted, now)
    except (InvalidRequest, Incomplete):
        # What was lodged before the guide or an upload changed is answered all the same.
        made = _made_before(caller, attempt)
        if made:
            return made, True
        raise
    for turn in range(_TRIES):
        case_id = _case_id(caller, attempt, turn)
        whole = _new(
            case_id, caller.actor, person, service, office, wanted, attempt, _to_the_second(now)
        )
        if _created(whole):
            return whole, False
        made = _made_before(caller, attempt)
        if made:
            return made, True
    raise TryAgain(retry_after=1)


def _created(whole: Whole) -> bool:
    try:
        return storage.create(whole.case, whole.body, whole.entries[0])
    except storage.CitizenLeaves as error:
        raise Unauthenticated from error


def content_errors(  # noqa: PLR0913 - what is given, by whom, when, and after what.
    citizen_id: str,
    service: Service,
    form: Mapping[str, Any],
    materials: Sequence[Given],
    now: datetime,
    before: Mapping[str, Any] | None = None,
) -> list[FieldError]:
    """Return everything that is missing or wrong in what is given; `before` is what is corrected.

    Files are looked at only where their material is asked for and not given too often.
    """
    wrong = list(_material_errors(service, materials))
    at_fault = {error.pointer for error in wrong}
    to_verify = [given for given in materials if _pointer(given.material_id) not in at_fault]
    kept = [name for name, value in (before or {}).items() if form.get(name) == value]
    found = forms.violations(service, form, office_time(now).date(), kept)
    return [*found, *wrong, *uploads.check(citizen_id, to_verify)]


def _check_complete(citizen_id: str, service: Service, wanted: Application, now: datetime) -> None:
    errors = content_errors(citizen_id, service, wanted.form, wanted.materials, now)
    if wanted.delivery and not service.deliverable:
        errors.append(FieldError("/delivery", "not_deliverable", _NOT_DELIVERED))
    if errors:
        raise Incomplete(errors=errors)


def _material_errors(service: Service, given: Sequence[Given]) -> Iterator[FieldError]:
    asked = {material.material_id: material for material in service.materials}
    names = dict.fromkeys(one.material_id for one in given)
    for material_id in names:
        if material_id not in asked:
            yield FieldError(_pointer(material_id), "unknown_material", _NOT_ASKED)
    for material_id in names.keys() & asked.keys():
        pages = [one.upload_id for one in given if one.material_id == material_id]
        if len(pages) > PAGES:
            yield FieldError(_pointer(material_id), "too_many_pages", _TOO_MANY)
        elif len(set(pages)) < len(pages):
            yield FieldError(_pointer(material_id), "given_twice", _TWICE)
    for material in asked.values():
        if material.required and material.material_id not in names:
            yield FieldError(_pointer(material.material_id), "required", _REQUIRED)


def _pointer(material_id: str) -> str:
    return pointer("materials", material_id)


def _checked(wanted: Application) -> tuple[Service, Office]:
    try:
        service = catalogue.service(wanted.service_id)
    except NotFound as error:
        raise _wrong("/service_id") from error
    offices = catalogue.current().offices
    if wanted.office_id is None:
        found = catalogue.find_offices(None, service.service_id, None, 1).items
        if not found:
            raise InvalidRequest(errors=[FieldError("/service_id", "not_offered", _NOT_OFFERED)])
        return service, found[0]
    office = offices.get(wanted.office_id)
    if office is None or not office.counters.get(service.category):
        raise _wrong("/office_id")
    return service, office


def _person(caller: Citizen, member_id: str | None) -> str:
    person: str | None = caller.person
    if caller.level != "real_name":
        # The log-in may be older than the verification.
        person = identity.me(caller.citizen_id).profile.person
    if person is None:
        raise VerificationRequired
    if member_id is None:
        return person
    try:
        return identity.find_member(caller.citizen_id, member_id).person
    except NotFound as error:
        raise _wrong("/for_member") from error


def _to_the_second(now: datetime) -> datetime:
    return now.replace(microsecond=0)


def _wrong(pointer: str) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError(pointer, "unknown", _UNKNOWN)])


def _case_id(caller: Citizen, attempt: Attempt, turn: int) -> str:
    seed = attempt.id_for(f"case {turn}", _SEED_LENGTH)
    return caller.citizen_id + receipts.number_for(seed)


def _made_before(caller: Citizen, attempt: Attempt) -> Whole | None:
    for turn in range(_TRIES):
        found = storage.load_whole(_case_id(caller, attempt, turn))
        if found is None:
            continue
        if not idempotency.already_applied(found.case.ledger, attempt):
            raise IdempotencyKeyReused
        return found
    return None


def _new(  # noqa: PLR0913 - a case is made of these.
    case_id: str,
    actor: str,
    person: str,
    service: Service,
    office: Office,
    wanted: Application,
    attempt: Attempt,
    now: datetime,
) -> Whole:
    fee = service.fee.amount if service.fee.amount.cents else None
    entry = history.append(
        case_id,
        history.Head(),
        type_="case.submitted",
        at=now,
        actor=actor,
        data={
            "status": Status.SUBMITTED.value,
            "service": service.service_id,
            "office": office.office_id,
        },
    )
    address = sealing.seal_address(case_id, wanted.delivery) if wanted.delivery else None
    case = Case(
        case_id=case_id,
        person=person,
        service_id=service.service_id,
        office_id=office.office_id,
        status=Status.SUBMITTED,
        lodged_at=now,
        promised_at=limits.promised(service, office, now),
        due_at=limits.due(service, office, now),
        for_member=wanted.for_member,
        fee=fee,
        payment_status="unpaid" if fee else "none",
        head=entry.head,
        ledger=idempotency.note((), attempt, now),
        wanted_delivery=address,
    )
    body = Body(sealing.seal_form(case_id, wanted.form), wanted.materials, address)
    case = limits.paused(case, now)
    return Whole(replace(case, watch_at=next_look(case)), body, (entry,))
