"""Cases and what was applied for, as they are kept and read."""

from datetime import timedelta
from typing import Any, cast

from chalicelib.cases.domain import (
    Body,
    Case,
    CaseStatus,
    PaymentStatus,
)
from chalicelib.cases.domain.authority import Authority
from chalicelib.cases.domain.automated import AutomatedDecision, RuleResult
from chalicelib.cases.domain.originals import Handover, Original
from chalicelib.cases.storage._records import (
    BODY,
    STATE,
    WAITING,
    WATCH,
    BodyRecord,
    CaseRecord,
    case_pk,
)
from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.history import Head
from chalicelib.core.money import Money


def mine_keys(case: Case) -> tuple[str, str]:
    """Return the keys of what says that a case is its citizen's."""
    return f"C#{case.citizen_id}", f"K#{seconds(case.lodged_at):010}#{case.case_id}"


def case_record(case: Case) -> CaseRecord:
    """Return a case as it is kept."""
    return CaseRecord(
        case_pk(case.case_id),
        STATE,
        case=case.case_id,
        person=case.person,
        service=case.service_id,
        office=case.office_id,
        status=case.status.value,
        lodged=seconds(case.lodged_at),
        promised=seconds(case.promised_at),
        due=seconds(case.due_at),
        member=case.for_member,
        authority=case.authority,
        granted_by=case.granted_by,
        **_fee_columns(case),
        payment=case.payment_status,
        delivery=case.delivery_id,
        delivery_status=case.delivery_status,
        delivery_seen=case.delivery_seen,
        paused=int(case.paused.total_seconds()) or None,
        paused_at=optional_seconds(case.paused_at),
        corrections=case.corrections or None,
        decided=optional_seconds(case.decided_at),
        claimed=case.claimed_by,
        score=case.score,
        alerted=case.alerted or None,
        alerts=set(case.alerts) or None,
        accepted_by=case.accepted_by,
        entered_by=case.entered_by,
        intake=case.intake_office_id,
        **_parts_columns(case),
        **_papers_columns(case),
        version=case.version,
        hash=case.head.hash,
        ledger=ledger_of(case.ledger),
        **_index_keys(case),
    )


def _fee_columns(case: Case) -> dict[str, Any]:
    return {
        "fee": case.fee.cents if case.fee else None,
        "currency": case.fee.currency if case.fee else None,
        "courier_fee": case.courier_fee.cents if case.courier_fee else None,
    }


def _index_keys(case: Case) -> dict[str, Any]:
    """Return where the hall's list has a case, and when its limits are looked at."""
    keys: dict[str, Any] = {
        "work": f"{case.office_id}#{case.status.value}",
        "work_at": f"{_listed_at(case):010}#{case.case_id}",
    }
    if case.watch_at:
        keys["watch"] = WATCH.of(case.number)
        keys["watch_at"] = seconds(case.watch_at)
    return keys


def _parts_columns(case: Case) -> dict[str, Any]:
    return {
        "gather_at": optional_seconds(case.gather_at),
        "parts_told": optional_seconds(case.parts_told_until),
    }


def _read_parts_times(record: CaseRecord) -> dict[str, Any]:
    return {
        "gather_at": optional_moment(record.gather_at),
        "parts_told_until": optional_moment(record.parts_told),
    }


def _papers_columns(case: Case) -> dict[str, Any]:
    """Return what stands for papers, how the others come and how far, and what a machine said."""
    return {
        "certificates": set(case.certificates) or None,
        "lookups": set(case.lookups) or None,
        "handover": case.handover,
        "prechecked": optional_seconds(case.prechecked_at),
        "originals": [[o.material_id, o.status, o.checked] for o in case.originals] or None,
        "lifted": optional_seconds(case.lifted_at),
        "appointment": case.appointment_id,
        "visit_by": optional_seconds(case.visit_by),
        "visited": set(case.visited) or None,
        "decision": _decision_column(case.decision) if case.decision else None,
        "review_asked": optional_seconds(case.review_asked_at),
        "service_revision": case.service_revision,
    }


def _read_papers(record: CaseRecord) -> dict[str, Any]:
    return {
        "certificates": frozenset(record.certificates or ()),
        "lookups": frozenset(record.lookups or ()),
        "handover": cast("Handover | None", record.handover),
        "prechecked_at": optional_moment(record.prechecked),
        "originals": tuple(Original(*one) for one in record.originals or ()),
        "lifted_at": optional_moment(record.lifted),
        "appointment_id": record.appointment,
        "visit_by": optional_moment(record.visit_by),
        "visited": frozenset(record.visited or ()),
        "decision": _read_decision(record.decision) if record.decision else None,
        "review_asked_at": optional_moment(record.review_asked),
        "service_revision": record.service_revision,
    }


def _listed_at(case: Case) -> int:
    """Return the time by which a hall's list has a case; what waits for its fee comes last."""
    if case.running:
        if case.paused_at:
            return WAITING
        # What a courier brought comes before all but what was due before it.
        return seconds(min(case.promised_at, case.lifted_at or case.promised_at))
    return seconds(case.decided_at or case.paused_at or case.lodged_at)


def read_case(record: CaseRecord) -> Case:
    """Read a case; only its body knows `wanted_delivery`."""
    version = int(record.version)
    return Case(
        record.case,
        record.person,
        record.service,
        record.office,
        CaseStatus(record.status),
        moment(record.lodged),
        moment(record.promised),
        moment(record.due),
        record.member,
        _money(record.fee, record.currency),
        cast("PaymentStatus", record.payment),
        record.delivery,
        record.delivery_status,
        record.delivery_seen,
        timedelta(seconds=int(record.paused or 0)),
        optional_moment(record.paused_at),
        int(record.corrections or 0),
        optional_moment(record.decided),
        record.claimed,
        int(record.score) if record.score else None,
        optional_moment(record.watch_at),
        int(record.alerted or 0),
        frozenset(record.alerts or ()),
        record.accepted_by,
        record.entered_by,
        record.intake,
        **_read_parts_times(record),
        **_read_papers(record),
        version=version,
        head=Head(version, record.hash),
        ledger=read_ledger(record.ledger),
        authority=cast("Authority | None", record.authority),
        granted_by=record.granted_by,
        courier_fee=_money(record.courier_fee, record.currency),
    )


def _money(cents: float | None, currency: str | None) -> Money | None:
    return None if cents is None else Money(int(cents), currency or "cny")


def _decision_column(decision: AutomatedDecision) -> list[Any]:
    return [
        decision.ruleset_version,
        decision.outcome,
        {one.rule_id: int(one.passed) for one in decision.results},
        seconds(decision.at),
        decision.office_id,
        decision.sampled,
        decision.verdict,
        decision.reviewed_by,
    ]


def _read_decision(column: list[Any]) -> AutomatedDecision:
    version, outcome, results, at, *rest = column
    passed = tuple(RuleResult(rule_id, bool(held)) for rule_id, held in results.items())
    return AutomatedDecision(version, outcome, passed, moment(at), *rest)


def body_record(case_id: str, body: Body) -> BodyRecord:
    """Return what was applied for as it is kept."""
    return BodyRecord(
        case_pk(case_id),
        BODY,
        form=body.form,
        materials=[[given.material_id, given.upload_id] for given in body.materials],
        certificates=[[given.material_id, given.certificate_id] for given in body.certificates]
        or None,
        lookups=[[given.material_id, given.lookup_id] for given in body.lookups] or None,
        delivery=body.delivery,
        pickup=body.pickup,
    )
