"""A service and its guide, as everyone sees them."""

from datetime import date
from typing import Any, Final

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.release import ReleaseView, booking_level, release_view
from chalicelib.catalogue.api.standard_views import (
    CodesView,
    FaqView,
    LegalBasisView,
    OutcomeView,
    PaperForm,
    paper_fields,
    standard_fields,
)
from chalicelib.catalogue.api.views import (
    OpeningHours,
    RatingView,
    opening_hours,
    rating_view,
)
from chalicelib.catalogue.domain import (
    CATEGORIES,
    Consent,
    FeeStep,
    Office,
    OriginalNeed,
    OriginalsWhen,
    Part,
    Service,
    SignedAct,
    forms,
)
from chalicelib.core import auth
from chalicelib.core.http_messages import Amount, BodyModel
from chalicelib.core.i18n import Lang, Text

_STEPS: Final = {
    "apply": Text("网上提交申请和材料", "Apply and upload the papers online"),
    "book": Text("预约办理时间", "Book a time"),
    "visit": Text("携带材料到大厅窗口办理", "Come to the hall with your papers"),
    "pay": Text("缴纳费用", "Pay the fee"),
    "review": Text("部门审核", "The department decides"),
    "deliver": Text("证件快递到家", "The result is brought to your door"),
}


class CategoryView(BodyModel):
    """A category with its name."""

    id: str
    name: str


class FeeView(BodyModel):
    """An amount in the smallest unit, and the rule that sets it."""

    cents: int
    currency: str
    basis: str | None


class ServiceView(BodyModel):
    """A service in a list."""

    service_id: str
    name: str
    category: CategoryView
    department: str
    department_id: str
    fee: FeeView
    promised_working_days: int
    trips: int
    online_depth: int
    bookable: bool
    payable: bool
    deliverable: bool


class MaterialView(BodyModel):
    """A paper to bring or upload, as 1 to 10 files; most people give `usual_pages`.

    A certificate of one of `certificate_types` stands for it, or what the register `register_id`
    confirms. It is given in a `form`: a copy is a picture or scan that is uploaded.
    """

    material_id: str
    name: str
    required: bool
    usual_pages: int
    certificate_types: list[str]
    register_id: str | None
    original: OriginalNeed
    form: PaperForm
    issued_by: str | None
    common_mistakes: list[str]


class RegisterQuestionView(BodyModel):
    """What a register is asked to confirm, and the values that the form needs, by their `x-key`."""

    register_id: str
    claim: str
    fields: list[str]


class WhenView(BodyModel):
    """The answer in the form with which a part is needed."""

    field: str
    value: bool | str


class PartView(BodyModel):
    """What one department decides of a service."""

    part_id: str
    department_id: str
    department: str
    name: str
    promised_working_days: int
    requires: list[str]
    optional: bool
    when: WhenView | None


class LimitView(BodyModel):
    """How long the law gives."""

    value: int
    unit: str


class StepView(BodyModel):
    """One step of the way."""

    step: str
    title: str


class RequiredLevel(BodyModel):
    """How well a person must be known to book and to lodge."""

    book: auth.Level = "basic"
    lodge: auth.Level = "real_name"


class ResultView(BodyModel):
    """What a case ends with: an electronic certificate of a type."""

    certificate_type: str


class GuideOffice(BodyModel):
    """A hall that has counters for a service, and when it is open."""

    office_id: str
    name: str
    opening_hours: OpeningHours


class Guide(ServiceView):
    """All that one must know about a service.

    `fee_before` is the step of a case that waits for the fee, null where none does. `result` is
    null where no electronic certificate is issued. `consent` is `at_handover` where it can be
    lodged for an aged parent who has not agreed yet.
    """

    release: ReleaseView | None
    materials: list[MaterialView]
    legal_time_limit: LimitView
    duration_minutes: int | None
    steps: list[StepView]
    form_schema: dict[str, object]
    required_level: RequiredLevel
    courier_fee: Amount | None
    fee_before: FeeStep | None
    result: ResultView | None
    consent: Consent
    parts: list[PartView]
    lead_department_id: str | None
    separation: bool
    originals: OriginalsWhen
    signatures: list[SignedAct]
    registers: list[RegisterQuestionView]
    rating: RatingView
    offices: list[GuideOffice]
    audience: str | None
    conditions: list[str]
    legal_basis: list[LegalBasisView]
    outcome: OutcomeView | None
    faq: list[FaqView]
    contact_phone: str | None
    supervision_phone: str | None
    codes: CodesView
    updated_on: str | None


def service_facts(service: Service, lang: Lang) -> dict[str, Any]:
    """Return what a list and a guide both say of a service."""
    fee = service.fee
    category = CATEGORIES[service.category].in_language(lang)
    return {
        "service_id": service.service_id,
        "name": service.name.in_language(lang),
        "category": CategoryView(id=service.category, name=category),
        "department": service.decided_by.in_language(lang),
        "department_id": service.department.department_id,
        "fee": FeeView(cents=fee.amount.cents, currency=fee.amount.currency, basis=fee.basis),
        "promised_working_days": service.promised_working_days,
        "trips": service.trips,
        "online_depth": service.online_depth,
        "bookable": service.bookable,
        "payable": fee.amount.cents > 0,
        "deliverable": service.deliverable,
    }


def guide_view(service: Service, lang: Lang, today: date) -> Guide:
    """Present all of a service's guide on a day."""
    return Guide(
        **service_facts(service, lang),
        release=release_view(service),
        materials=[
            MaterialView(
                material_id=m.material_id,
                name=m.name.in_language(lang),
                required=m.required,
                usual_pages=m.usual_pages,
                certificate_types=list(m.certificate_types),
                register_id=m.register_id,
                original=m.original,
                **paper_fields(m, lang),
            )
            for m in service.materials
        ],
        legal_time_limit=LimitView(value=service.legal_limit.value, unit=service.legal_limit.unit),
        duration_minutes=service.minutes,
        steps=[StepView(step=s, title=_STEPS[s].in_language(lang)) for s in _steps(service)],
        form_schema=forms.localized_schema(service, lang, today),
        required_level=RequiredLevel(book=booking_level(service)),
        courier_fee=Amount.of(service.fee.courier) if service.fee.courier else None,
        fee_before=service.fee_before,
        result=_result(service),
        consent=service.consent,
        parts=[_part_view(part, lang) for part in service.parts],
        lead_department_id=service.lead_department_id,
        separation=service.separation,
        originals=service.originals,
        signatures=list(service.signatures),
        registers=_registers(service),
        rating=rating_view(catalogue.rated(service.service_id)),
        offices=[_office_view(office, lang) for office in catalogue.offices_of(service)],
        **standard_fields(service, lang),
    )


def _registers(service: Service) -> list[RegisterQuestionView]:
    return [
        RegisterQuestionView(register_id=one.register_id, claim=one.claim, fields=list(one.fields))
        for one in service.questions
    ]


def _office_view(office: Office, lang: Lang) -> GuideOffice:
    name = office.name.in_language(lang)
    return GuideOffice(office_id=office.office_id, name=name, opening_hours=opening_hours(office))


def _result(service: Service) -> ResultView | None:
    issued = service.certificate_type
    return ResultView(certificate_type=issued) if issued else None


def _part_view(part: Part, lang: Lang) -> PartView:
    when = WhenView(field=part.when.field, value=part.when.value) if part.when else None
    return PartView(
        part_id=part.part_id,
        department_id=part.department.department_id,
        department=part.department.name.in_language(lang),
        name=part.name.in_language(lang),
        promised_working_days=part.promised_working_days,
        requires=list(part.requires),
        optional=part.optional,
        when=when,
    )


def _steps(service: Service) -> list[str]:
    shown = {
        "apply": True,
        "book": service.bookable and service.trips > 0,
        "visit": service.trips > 0,
        "pay": service.fee.amount.cents > 0,
        "review": True,
        "deliver": service.deliverable,
    }
    return [step for step, needed in shown.items() if needed]
