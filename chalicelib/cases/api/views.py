"""How cases look from outside."""

from dataclasses import asdict, replace
from typing import Any, Literal, cast

from chalicelib.cases.api.part_views import CasePartView, part_views
from chalicelib.cases.domain import Body, Case, CaseFile, CaseStatus, Remark
from chalicelib.cases.domain.authority import Authority
from chalicelib.cases.domain.automated import AutomatedDecision, DecisionOutcome
from chalicelib.cases.domain.originals import Handover, OriginalStatus
from chalicelib.cases.domain.parts import Sight
from chalicelib.cases.service import encryption, status_lookup
from chalicelib.cases.service.staff_scope import rule_texts
from chalicelib.core.clock import rfc3339
from chalicelib.core.history import Entry
from chalicelib.core.http_messages import Amount, BodyModel
from chalicelib.core.i18n import Lang
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.mandates import service as mandates
from chalicelib.mandates.service import Names


class GivenMaterial(BodyModel):
    """A material and the upload that was given for it."""

    material_id: str
    upload_id: str


class CertifiedMaterial(BodyModel):
    """A material and the citizen's own certificate that stands for it."""

    material_id: str
    certificate_id: str


class RemarkView(BodyModel):
    """One thing to correct."""

    pointer: str
    detail: str


Direction = Literal["to_citizen", "to_office"]


class TimelineEntry(BodyModel):
    """One change, as its owner sees it; that of a parcel with where it goes."""

    seq: int
    at: str
    actor: str
    event: str
    part_id: str | None
    direction: Direction | None
    note: str | None


class OriginalView(BodyModel):
    """Where the original of a paper is."""

    material_id: str
    status: OriginalStatus


class LookedUpMaterial(BodyModel):
    """A material of the guide and the look-up in a register that stands for it."""

    material_id: str
    lookup_id: str


class RuleResultView(BodyModel):
    """Whether a rule held."""

    rule_id: str
    passed: bool


class AutomatedDecisionView(BodyModel):
    """What a machine decided by which version of the rules: a yes, or that a person decides."""

    ruleset_version: str
    outcome: DecisionOutcome
    results: list[RuleResultView]
    at: str


class CaseState(BodyModel):
    """A case without what was applied for.

    Since `paused_at` the limits stand still, for a correction, the fee or another visit than the
    one that was missed (`visit_by`); they will move by that.
    `authority` is null but where it was lodged for a parent who had not agreed: nothing is issued
    while it is `unchecked`.
    """

    case_id: str
    receipt_number: str
    progress_code: str
    service_id: str
    office_id: str
    status: CaseStatus
    for_member: str | None
    authority: Authority | None
    lodged_at: str
    due_at: str
    promised_at: str
    paused_at: str | None
    decided_at: str | None
    fee: Amount | None
    courier_fee: Amount | None
    payment_status: str
    delivery_id: str | None
    delivery_status: str | None
    score: int | None
    parts: list[CasePartView]
    handover: Handover | None
    prechecked_at: str | None
    originals: list[OriginalView]
    appointment_id: str | None
    visit_by: str | None
    channel: Literal["online", "counter"]
    intake_office_id: str | None
    decision: AutomatedDecisionView | None
    review_asked_at: str | None
    version: int


class CaseView(CaseState):
    """A case file: its form and materials, and its timeline.

    `corrections` is what is to be corrected now; `form` is null once the citizen was erased.
    `for_name` is the name of the family, or of the principal of a mandate, whom it is for;
    `by_name` (masked) is who lodged it `on_behalf_of` the reader.
    """

    for_name: str | None
    by_name: str | None
    on_behalf_of: OnBehalfOf | None
    form: dict[str, Any] | None
    materials: list[GivenMaterial | CertifiedMaterial | LookedUpMaterial]
    corrections: list[RemarkView]
    timeline: list[TimelineEntry]


class CaseList(BodyModel):
    """Cases of one page."""

    items: list[CaseView]
    next_cursor: str | None


def case_state(case: Case, lang: Lang, *, own: bool = False) -> dict[str, Any]:
    """Return the fields that every view of a case has.

    How a case was rated is shown to those whose `own` it is: who handled it does not learn of it.
    """
    return {
        "case_id": case.case_id,
        "receipt_number": case.receipt_number,
        "progress_code": status_lookup.code_of(case.number),
        "service_id": case.service_id,
        "office_id": case.office_id,
        "status": case.status,
        "for_member": case.for_member,
        "authority": case.authority,
        "lodged_at": rfc3339(case.lodged_at),
        "due_at": rfc3339(case.due_at),
        "promised_at": rfc3339(case.promised_at),
        "paused_at": rfc3339(case.paused_at) if case.paused_at else None,
        "decided_at": rfc3339(case.decided_at) if case.decided_at else None,
        "fee": Amount.of(case.fee) if case.fee else None,
        "courier_fee": Amount.of(case.courier_fee) if case.courier_fee else None,
        "payment_status": case.payment_status,
        "delivery_id": case.delivery_id,
        "delivery_status": case.delivery_status,
        "score": case.score if own else None,
        "parts": part_views(case, lang),
        "handover": case.handover,
        "prechecked_at": rfc3339(case.prechecked_at) if case.prechecked_at else None,
        "originals": [
            OriginalView(material_id=one.material_id, status=one.status) for one in case.originals
        ],
        "appointment_id": case.appointment_id,
        "visit_by": rfc3339(case.visit_by) if case.visit_by else None,
        "channel": case.channel,
        "intake_office_id": case.intake_office_id,
        "decision": _decision(case.decision) if case.decision else None,
        "review_asked_at": rfc3339(case.review_asked_at) if case.review_asked_at else None,
        "version": case.version,
    }


def case_fields(
    file: CaseFile,
    names: tuple[str | None, str | None],
    lang: Lang,
    sight: Sight | None = None,
    *,
    own: bool = False,
) -> dict[str, Any]:
    """Return the fields of a case that is shown whole, or as far as a department sees it.

    `names` are for whom it is and by whom, as the reader sees them.
    """
    case, body, (for_name, by_name) = file.case, file.body, names
    form = encryption.open_form(case.case_id, body.form)
    if sight and form:
        form = {name: value for name, value in form.items() if name in sight.fields}
    return {
        **case_state(case, lang, own=own),
        "for_name": for_name,
        "by_name": by_name,
        "on_behalf_of": mandates.on_behalf_of(case),
        "form": form,
        "materials": _materials(body, sight),
        "corrections": [
            RemarkView(pointer=remark.pointer, detail=remark.detail)
            for remark in _corrections(file)
            if sight is None or sight.shows(remark.pointer)
        ],
        "timeline": [
            _timeline_entry(case, entry, sight, lang)
            for entry in (file.entries if own else map(_without_rating, file.entries))
        ],
    }


def case_view(file: CaseFile, names: Names, lang: Lang) -> CaseView:
    """Present a case to its owner, or who acts for them, with the names that they see."""
    case = file.case
    return CaseView(
        **case_fields(file, (names.for_name(case), names.by_name(case)), lang, own=True)
    )


def _decision(decision: AutomatedDecision) -> AutomatedDecisionView:
    return AutomatedDecisionView(
        ruleset_version=decision.ruleset_version,
        outcome=decision.outcome,
        results=[
            RuleResultView(rule_id=one.rule_id, passed=one.passed) for one in decision.results
        ],
        at=rfc3339(decision.at),
    )


def _materials(
    body: Body, sight: Sight | None
) -> list[GivenMaterial | CertifiedMaterial | LookedUpMaterial]:
    given: list[GivenMaterial | CertifiedMaterial | LookedUpMaterial] = [
        *(GivenMaterial(**asdict(one)) for one in body.materials),
        *(CertifiedMaterial(**asdict(one)) for one in body.certificates),
        *(LookedUpMaterial(**asdict(one)) for one in body.lookups),
    ]
    return [one for one in given if sight is None or one.material_id in sight.materials]


def _corrections(file: CaseFile) -> list[Remark]:
    case = file.case
    sealed = [part.remarks for part in case.parts if part.asked]
    if case.status is CaseStatus.CORRECTION_REQUESTED:
        asked = [entry for entry in file.entries if entry.type == "case.correction_requested"]
        sealed = [asked[-1].data.get("items")]
    return [one for text in sealed for one in encryption.open_remarks(case.case_id, text)]


def event_of(entry: Entry) -> str:
    """Return what a timeline calls a change; a parcel's by its new state: delivery.picked_up."""
    status = entry.data.get("delivery_status")
    return f"delivery.{status}" if status else entry.type


def _timeline_entry(case: Case, entry: Entry, sight: Sight | None, lang: Lang) -> TimelineEntry:
    part_id = entry.data.get("part")
    is_seen = sight is None or part_id is None or part_id in sight.part_ids
    return TimelineEntry(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        event=event_of(entry),
        part_id=part_id,
        direction=cast("Direction | None", entry.data.get("direction")),
        note=_note(case, entry, lang) if is_seen else None,
    )


def _without_rating(entry: Entry) -> Entry:
    """Return an entry as staff see it: words of a rating are heard of by a complaint alone."""
    return replace(entry, data={}) if entry.type == "case.rated" else entry


def _note(case: Case, entry: Entry, lang: Lang) -> str | None:
    """Return the words of an entry; of a machine's they are the rules by which it decided."""
    if "rules" in entry.data:
        return rule_texts(case.service_id, entry.data["rules"].split(), lang)
    return encryption.open_note(case.case_id, entry.data.get("note"))
