"""Lodging an application: everything that is missing or wrong is told at once."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import (
    Application,
    Body,
    Case,
    CaseFile,
    CaseStatus,
    CitizenLeaves,
    Incomplete,
    LodgedMeanwhile,
    VerificationRequired,
    deadlines,
    parts,
    receipts,
)
from chalicelib.cases.domain.application import handover_errors
from chalicelib.cases.domain.originals import expected_of
from chalicelib.cases.service import (
    channels,
    encryption,
    evidence,
    fees,
    lodging_sheet,
    lookups,
    validation,
)
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Office, Service, forms
from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import (
    FieldError,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    TryAgain,
    Unauthenticated,
    unknown,
)
from chalicelib.core.history import Entry
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ConsentRequired
from chalicelib.identity.signing import service as signing
from chalicelib.identity.signing.domain import SignatureInvalid, SignatureRequired
from chalicelib.mandates.service import Acting, acting_for, acting_for_parent

_TRIES: Final = 3
_SEED_LENGTH: Final = 22
_DECIDED_ANEW: Final = (
    ConsentRequired,
    InvalidRequest,
    Incomplete,
    LodgedMeanwhile,
    SignatureRequired,
    SignatureInvalid,
)
_NOT_OFFERED: Final = Text("目前没有大厅办理此事项", "No hall offers this service at present")
_NOT_DELIVERED: Final = Text("本事项的结果不支持寄送", "The result of this service is not sent")


@dataclass(frozen=True, slots=True)
class _Lodging:
    """An application that is complete, who lodges it for whom, where, when and in which attempt."""

    caller: Citizen
    acting: Acting
    service: Service
    office: Office
    application: Application
    attempt: Attempt
    now: datetime
    use: signing.Use | None = None


def lodge(
    caller: Citizen, application: Application, attempt: Attempt, now: datetime
) -> tuple[CaseFile, bool]:
    """Lodge an application; tells whether the same attempt had done so before.

    Raises VerificationRequired, ConsentRequired, InvalidRequest, Incomplete, LodgedMeanwhile,
    SignatureRequired, SignatureInvalid or IdempotencyKeyReused.
    """
    try:
        service, office = _where(application)
        acting = _acting(caller, application.for_member, service, now)
        form = forms.normalized(service, application.content.form)
        application = replace(application, content=replace(application.content, form=form))
        _check_complete(caller, acting, service, application, now)
        use = lodging_sheet.signed(caller, service, office, application, now)
        if application.intake:
            channels.claim_counter(caller.citizen_id, service.service_id, acting.person, now)
    except _DECIDED_ANEW:
        # What was lodged before the guide, an upload or a consent changed, or by the signature that
        # is used now, is answered all the same.
        made = made_before(attempt, caller.citizen_id)
        if made:
            return made, True
        raise
    return _kept(
        _Lodging(
            caller, acting, service, office, application, attempt, now.replace(microsecond=0), use
        )
    )


def _kept(lodging: _Lodging) -> tuple[CaseFile, bool]:
    """Keep a new case; tells whether the same attempt had done so before."""
    caller, attempt, now = lodging.caller, lodging.attempt, lodging.now
    service, application = lodging.service, lodging.application
    for number in range(_TRIES):
        file = _new(caller.citizen_id + _number(attempt, number), lodging)
        if _created(file, lodging):
            return file, False
        made = made_before(attempt, caller.citizen_id)
        if made:
            return made, True
        channels.check_counter(file.case)
        # Somebody may have changed the mandate meanwhile: it may be over.
        acting = _acting(caller, application.for_member, service, now)
        if caller.standing:
            caller.standing.check(service.service_id)
        lodging_sheet.signed(caller, service, lodging.office, application, now)
        lodging = replace(lodging, acting=acting)
    raise TryAgain(retry_after=1)


def _created(file: CaseFile, lodging: _Lodging) -> bool:
    case_id, use = file.case.case_id, lodging.use
    stands = lodging.acting.stands or lodging.caller.holds("case", case_id)
    used = use.write(case_id, lodging.now) if use else None
    try:
        return storage.create(file.case, file.body, file.entries[0], stands, used)
    except CitizenLeaves as error:
        raise Unauthenticated from error


def _check_complete(
    caller: Citizen, acting: Acting, service: Service, application: Application, now: datetime
) -> None:
    errors = validation.content_errors(caller, service, application.content, now)
    about = lookups.About(application.for_member, acting.person)
    errors += lookups.check(caller, about, service, application.content, now)
    if application.delivery and not service.deliverable:
        errors.append(FieldError("/delivery", "not_deliverable", _NOT_DELIVERED))
    errors.extend(handover_errors(service, application))
    if errors:
        raise Incomplete(errors=errors)


def _where(application: Application) -> tuple[Service, Office]:
    """Return the service and the hall that takes it; raises InvalidRequest."""
    try:
        service = catalogue.service(application.service_id)
    except NotFound as error:
        raise unknown("/service_id") from error
    if application.office_id is None:
        offering = catalogue.find_offices(None, service.service_id, None, 1).items
        if not offering:
            raise InvalidRequest(errors=[FieldError("/service_id", "not_offered", _NOT_OFFERED)])
        return service, offering[0]
    office = catalogue.current().offices.get(application.office_id)
    if office is None or not office.counters.get(service.category):
        raise unknown("/office_id")
    return service, office


def _acting(caller: Citizen, member_id: str | None, service: Service, now: datetime) -> Acting:
    """Return for whom it is lodged.

    Raises VerificationRequired, ConsentRequired, or InvalidRequest for nobody of the family.
    """
    person: str | None = caller.person
    if caller.level != "real_name":
        # The log-in may be older than the verification.
        person = identity.profile_of(caller.citizen_id).person
    if person is None:
        raise VerificationRequired
    if member_id is None:
        return Acting(person, person)
    try:
        return acting_for(caller, member_id, "lodge", now)
    except NotFound as error:
        raise unknown("/for_member") from error
    except ConsentRequired:
        if service.consent != "at_handover":
            raise
        return acting_for_parent(caller, member_id, now)


def _number(attempt: Attempt, number: int) -> str:
    return receipts.number_for(attempt.id_for(f"case {number}", _SEED_LENGTH))


def made_before(attempt: Attempt, citizen_id: str | None = None) -> CaseFile | None:
    """Return what an attempt lodged, for whomever: a key gives each the same numbers.

    Raises IdempotencyKeyReused, also where a citizen has another case with such a number.
    """
    for number in range(_TRIES):
        file = storage.load_file_by_number(_number(attempt, number))
        if file and idempotency.already_applied(file.case.ledger, attempt):
            return file
        if file and file.case.citizen_id == citizen_id:
            raise IdempotencyKeyReused
    return None


def _new(case_id: str, lodging: _Lodging) -> CaseFile:
    service, application = lodging.service, lodging.application
    entry = _first_entry(case_id, lodging)
    delivery, standing = application.delivery, lodging.caller.standing
    by_courier = delivery is not None or application.handover == "courier"
    fee = service.fee.due(by_courier=by_courier)
    address = encryption.seal_address(case_id, delivery) if delivery else None
    case = Case(
        case_id=case_id,
        person=lodging.acting.person,
        service_id=service.service_id,
        office_id=lodging.office.office_id,
        status=CaseStatus.SUBMITTED,
        lodged_at=lodging.now,
        promised_at=deadlines.promised(service, lodging.office, lodging.now),
        due_at=deadlines.due(service, lodging.office, lodging.now),
        for_member=application.for_member,
        fee=fee,
        courier_fee=service.fee.courier if by_courier else None,
        payment_status="unpaid" if fee else "none",
        head=entry.head,
        ledger=idempotency.note((), lodging.attempt, lodging.now),
        parts=parts.lodged(service, application.content.form),
        service_revision=service.revision,
        appointment_id=application.appointment_id,
        entered_by=application.intake.staff_id if application.intake else None,
        intake_office_id=application.intake.office_id if application.intake else None,
        handover=application.handover,
        originals=expected_of(
            service, {one.material_id for one in application.content.attachments}
        ),
        wanted_delivery=address,
        certificates=evidence.ids_of(application.content.certificates),
        lookups=lookups.ids_of(application.content.lookups),
        authority=None if lodging.acting.has_consent else "unchecked",
        granted_by=standing.granted_by if standing else None,
    )
    body = _body(case_id, application, address)
    case = deadlines.paused(case, fees.fee_step(case), lodging.now)
    return CaseFile(replace(case, watch_at=deadlines.next_look(case)), body, (entry,))


def _body(case_id: str, application: Application, address: str | None) -> Body:
    content, pickup = application.content, application.pickup
    return Body(
        encryption.seal_form(case_id, content.form),
        content.attachments,
        address,
        content.certificates,
        encryption.seal_pickup(case_id, pickup) if pickup else None,
        content.lookups,
    )


def _first_entry(case_id: str, lodging: _Lodging) -> Entry:
    intake = lodging.application.intake
    return history.append(
        case_id,
        history.Head(),
        type_="case.submitted",
        at=lodging.now,
        actor=intake.actor if intake else lodging.caller.actor,
        data={
            "status": CaseStatus.SUBMITTED.value,
            "service": lodging.service.service_id,
            "office": lodging.office.office_id,
            **(lodging.use.facts if lodging.use else {}),
        },
        salt=new_id(22),
    )
