"""The steps that citizens take in their cases: correct, withdraw, rate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from chalicelib.cases.domain import (
    ENDED,
    WITHDRAWABLE,
    CaseFile,
    CaseStatus,
    Content,
    Effects,
    Incomplete,
    alerts,
    application,
    parts,
)
from chalicelib.cases.service import (
    changes,
    correction_rounds,
    encryption,
    evidence,
    lookups,
    ratings,
    validation,
)
from chalicelib.cases.service import parts as case_parts
from chalicelib.cases.service.applicant import person_of
from chalicelib.cases.service.queries import show
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import forms
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author, apply
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest, WrongStatus
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ratings import AlreadyRated, Rating

_NOTHING: Final = Text("请填写需要更正的内容", "Give what is to be corrected")
_Decided = Decision[CaseFile, Effects]


def correct(
    caller: Citizen, case_id: str, change: Content, attempt: Attempt, now: datetime
) -> Applied[CaseFile]:
    """Answer a correction request: fields replace those of the form, null removes one.

    The limits go on where they stood. Raises NotFound, InvalidRequest, Incomplete, WrongStatus or
    IdempotencyKeyReused.
    """

    def decide(file: CaseFile) -> _Decided | None:
        if not file.case.waits_for_correction:
            raise WrongStatus(current=file.case.status)
        if change.is_empty:
            raise InvalidRequest(errors=[FieldError("", "nothing_given", _NOTHING)])
        new = _corrected(caller, file, change, now)
        old, case = file.case, alerts.answered(new.case)
        fields = [f"/form/{name}" for name in change.form]
        fields += [f"/materials/{material_id}" for material_id in change.material_ids]
        before = encryption.open_form(case_id, file.body.form) or {}
        facts = {"changed": " ".join(fields)}
        facts["before"] = correction_rounds.seal_before(case_id, before, change.form)
        event = DomainEvent("case.corrected", facts)
        effects = Effects(body=new.body, given=change.attachments)
        follow_ups = case_parts.follow_ups(old, case)
        return changes.decided_file(new, case, now, event, *follow_ups, effects=effects)

    return _change(caller, case_id, attempt, now, decide)


def _corrected(caller: Citizen, file: CaseFile, change: Content, now: datetime) -> CaseFile:
    """Return a case with its corrections, and what they make of its parts; raises Incomplete."""
    case_id = file.case.case_id
    service = catalogue.service(file.case.service_id)
    before = encryption.open_form(case_id, file.body.form) or {}
    form = forms.normalized(service, application.merged(before, change.form))
    body = application.with_new_materials(file.body, change)
    content = Content(form, body.materials, body.certificates, body.lookups)
    errors = validation.content_errors(caller, service, content, now, before)
    lodged_by = catalogue.service_of_revision(service, file.case.service_revision)
    if errors and lodged_by is not service:
        # What was asked when it was lodged is enough.
        errors = validation.content_errors(caller, lodged_by, content, now, before)
    if change.lookups:
        about = lookups.About(file.case.for_member, person_of(file.case))
        errors += lookups.check(caller, about, service, change, now)
    if errors:
        raise Incomplete(errors=errors)
    sealed = encryption.seal_form(case_id, form)
    case = replace(
        file.case,
        certificates=evidence.ids_of(body.certificates),
        lookups=lookups.ids_of(body.lookups),
    )
    if case.status is CaseStatus.CORRECTION_REQUESTED:
        case = replace(case, status=CaseStatus.SUBMITTED)
    if case.parts:
        changed = {name for name in change.form if form.get(name) != before.get(name)}
        changed |= set(change.material_ids)
        case = parts.corrected(case_parts.rules_of(case), case, form, changed, now)
    return replace(file, case=case, body=replace(body, form=sealed))


def withdraw(
    caller: Citizen, case_id: str, reason: str | None, attempt: Attempt, now: datetime
) -> Applied[CaseFile]:
    """Take a case back before it is decided. Idempotent.

    Raises NotFound, WrongStatus or IdempotencyKeyReused.
    """

    def decide(file: CaseFile) -> _Decided | None:
        old = file.case
        if old.status is CaseStatus.WITHDRAWN:
            return None
        if old.status not in WITHDRAWABLE:
            raise WrongStatus(current=old.status)
        facts = {"note": encryption.seal_note(case_id, reason)} if reason else {}
        case = replace(old, status=CaseStatus.WITHDRAWN, decided_at=now)
        event = DomainEvent("case.withdrawn", facts)
        return changes.decided_file(file, alerts.answered(case), now, event)

    return _change(caller, case_id, attempt, now, decide)


def rate(
    caller: Citizen, case_id: str, rating: Rating, attempt: Attempt, now: datetime
) -> Applied[CaseFile]:
    """Rate a service once, after the end; it is counted with the change.

    Raises NotFound, WrongStatus, AlreadyRated or IdempotencyKeyReused.
    """

    def decide(file: CaseFile) -> _Decided | None:
        old = file.case
        if old.status not in ENDED:
            raise WrongStatus(current=old.status)
        if old.score is not None:
            raise AlreadyRated
        facts = rating.facts(partial(encryption.seal_note, case_id))
        effects = Effects(rated_on=f"{office_time(now):%Y%m%d}", rating=rating)
        rated, event = replace(old, score=rating.score), DomainEvent("case.rated", facts)
        return changes.decided_file(file, rated, now, event, effects=effects)

    applied = _change(caller, case_id, attempt, now, decide)
    ratings.forget()
    return applied


def _change(
    caller: Citizen,
    case_id: str,
    attempt: Attempt,
    now: datetime,
    decide: Callable[[CaseFile], _Decided | None],
) -> Applied[CaseFile]:
    return apply(
        lambda: show(caller.citizen_id, case_id),
        decide,
        changes.store_file,
        Author.of(caller, now, attempt),
    )
