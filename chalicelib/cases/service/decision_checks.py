"""What a machine would say of an application that is not lodged yet; nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.cases import storage
from chalicelib.cases.domain import Content, GivenLookup
from chalicelib.cases.domain.automated import CheckOutcome, Circumstances, RuleResult, facts_of
from chalicelib.cases.domain.originals import expected_of
from chalicelib.cases.service import evidence, lookups
from chalicelib.cases.service.automated_decisions import available, born_of, evaluated
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Ruleset, Service, forms
from chalicelib.core import expressions
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.core.errors import (
    FieldError,
    NotFound,
    Unauthenticated,
    pointer,
    unknown,
)
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ConsentRequired
from chalicelib.mandates.service import acting_for, acting_for_parent


@dataclass(frozen=True, slots=True)
class Checked:
    """What would happen, by which rules, and what of the form is to be corrected first."""

    outcome: CheckOutcome
    results: tuple[RuleResult, ...]
    ruleset: Ruleset | None
    errors: Sequence[FieldError]


@dataclass(frozen=True, slots=True)
class _Applicant:
    """For whom it would be lodged, what is known of them, and whether they have agreed."""

    about: lookups.About
    known: Mapping[str, str]
    agreed: bool


def check(
    caller: Citizen | None, service_id: str, content: Content, member_id: str | None, now: datetime
) -> Checked:
    """Tell what would happen with an application now.

    Rules about somebody who is not known, or what cannot be asked now, do not hold; nor does a
    look-up that would be refused at lodging, as one about somebody else. Raises NotFound,
    InvalidRequest, ConsentRequired, or Unauthenticated for a family of nobody.
    """
    service, today = catalogue.service(service_id), office_time(now).date()
    form = forms.normalized(service, content.form)
    errors = forms.violations(service, form, today)
    applicant = _applicant(caller, service, member_id, now)
    wrong = _wrong_lookups(caller, applicant, service, content, now)
    said = _said(caller, content.lookups, wrong)
    circumstances = replace(_circumstances(caller, service, content, applicant, now), lookups=said)
    errors, ruleset = [*errors, *wrong], service.ruleset
    if ruleset is None:
        return Checked("correct" if errors else "refer", (), None, errors)
    facts = facts_of(ruleset.fields, form, circumstances, today)
    results = evaluated(ruleset, facts)
    errors = errors or _to_correct(ruleset, facts)
    if errors:
        return Checked("correct", results, ruleset, errors)
    is_yes = all(one.passed for one in results) and storage.load_machine(service_id).enabled
    return Checked("approve" if is_yes else "refer", results, ruleset, ())


def rule_errors(service: Service, form: Mapping[str, Any], now: datetime) -> list[FieldError]:
    """Return what a right form must still correct by the rules, while a machine decides by them.

    Code: rule_not_met.
    """
    if service.ruleset is None:
        return []
    ruleset, today = service.ruleset, office_time(now).date()
    facts = facts_of(ruleset.fields, form, Circumstances(agreed=True), today)
    errors = _to_correct(ruleset, facts)
    if errors and not storage.load_machine(service.service_id).enabled:
        return []
    return errors


def _to_correct(ruleset: Ruleset, facts: Mapping[str, Any]) -> list[FieldError]:
    return [
        FieldError(pointer("form", one.field), "rule_not_met", one.text)
        for one in ruleset.rules
        if one.if_not == "correct" and one.field and not expressions.holds(one.expression, facts)
    ]


def _circumstances(
    caller: Citizen | None, service: Service, content: Content, applicant: _Applicant, now: datetime
) -> Circumstances:
    types = available(
        lambda: evidence.valid_types(caller.citizen_id, content.certificates, now) if caller else {}
    )
    valid = {name: one for name, one in types.items() if one} if types is not None else None
    originals = expected_of(service, {one.material_id for one in content.attachments})
    return Circumstances(
        agreed=applicant.agreed,
        born=born_of(applicant.known),
        certificate_types=valid,
        certificates_valid=len(valid or ()) == len({c.material_id for c in content.certificates}),
        fee_cents=service.fee.amount.cents,
        fee_paid=not service.fee.amount.cents,
        originals_missing=len(originals) if service.originals == "before_decision" else 0,
    )


def _applicant(
    caller: Citizen | None, service: Service, member_id: str | None, now: datetime
) -> _Applicant:
    """Return for whom it would be lodged, and what is known of them."""
    if member_id is not None:
        return _member(caller, service, member_id, now)
    if caller is None:
        return _Applicant(lookups.About(None, None), {}, agreed=True)
    me = identity.me(caller.citizen_id)
    return _Applicant(lookups.About(None, me.profile.person), me.clear, agreed=True)


def _member(caller: Citizen | None, service: Service, member_id: str, now: datetime) -> _Applicant:
    """Return one of the family, whether they have agreed, and what is known of them."""
    if caller is None:
        raise Unauthenticated
    try:
        acting = acting_for(caller, member_id, "lodge", now)
    except NotFound as error:
        raise unknown("/for_member") from error
    except ConsentRequired:
        if service.consent != "at_handover":
            raise
        acting = acting_for_parent(caller, member_id, now)
    of_family = {one.member_id: clear for one, clear in identity.family(caller.citizen_id)}
    about = lookups.About(member_id, acting.person)
    return _Applicant(about, of_family.get(member_id, {}), agreed=acting.has_consent)


def _wrong_lookups(
    caller: Citizen | None, applicant: _Applicant, service: Service, content: Content, now: datetime
) -> list[FieldError]:
    """Return what is wrong with the look-ups given, as at lodging; nobody has any of their own."""
    return lookups.check(caller, applicant.about, service, content, now) if caller else []


def _said(
    caller: Citizen | None, given: Sequence[GivenLookup], wrong: Sequence[FieldError]
) -> Mapping[str, str]:
    """Return what registers say by their materials; what is wrong finds nothing."""
    refused = {one.pointer for one in wrong}
    heard = [one for one in given if pointer("materials", one.material_id) not in refused]
    citizen_id = caller.citizen_id if caller else ""
    nothing = dict.fromkeys((one.material_id for one in given), "not_found")
    return {**nothing, **lookups.outcomes(citizen_id, heard, lambda shown: shown.answer)}
