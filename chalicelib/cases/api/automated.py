"""The routes of citizens about machines' decisions: check before lodging, ask for a person."""

from typing import Annotated, Any, Final

from chalicelib.cases.api.citizen import Form, GivenContent, content_of, owned_view, owner_of
from chalicelib.cases.api.views import CaseView
from chalicelib.cases.domain.automated import CheckOutcome
from chalicelib.cases.service import decision_checks, decision_reviews
from chalicelib.core import auth
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, NotFound, WrongStatus
from chalicelib.core.http_messages import BodyModel, Id, Request, Response, replayed
from chalicelib.core.i18n import Lang
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.domain import ConsentRequired
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("cases")


class CheckedContent(GivenContent):
    """What would be lodged, for oneself or for one of the family."""

    form: Form
    for_member: Id | None = None


class RuleChecked(BodyModel):
    """A rule in plain words, and whether it holds."""

    rule_id: str
    passed: bool
    text: str


class ToCorrect(BodyModel):
    """One thing to correct before it can be lodged."""

    pointer: str
    code: str
    detail: str


class CheckView(BodyModel):
    """What would happen: a machine approves, a person decides, or it must be corrected first."""

    outcome: CheckOutcome
    results: list[RuleChecked]
    errors: list[ToCorrect]


class ReviewAsked(BodyModel):
    """Why a person should look."""

    reason: Annotated[str, text(500, lines=True)]


@routes.post(
    "/v1/services/{service_id}/checks",
    auth=auth.anyone,
    body=CheckedContent,
    response=CheckView,
    errors=[NotFound, ConsentRequired],
)
def check(request: Request[CheckedContent], service_id: str) -> CheckView:
    """Tell what a machine would say of an application; nothing is kept."""
    body, lang = request.input, request.lang
    caller = request.caller if isinstance(request.caller, Citizen) else None
    found = decision_checks.check(
        caller, service_id, content_of(body), body.for_member, request.now
    )
    texts = {one.rule_id: one.text for one in found.ruleset.rules} if found.ruleset else {}
    return CheckView(
        outcome=found.outcome,
        results=[
            RuleChecked(
                rule_id=one.rule_id,
                passed=one.passed,
                text=texts[one.rule_id].in_language(lang),
            )
            for one in found.results
        ],
        errors=[_to_correct(one, lang) for one in found.errors],
    )


@routes.post(
    "/v1/cases/{case_id}/review-requests",
    auth=auth.citizen,
    body=ReviewAsked,
    response=CaseView,
    errors=[WrongStatus, MandateMissing],
    idempotent=True,
)
def ask_for_person(request: Request[ReviewAsked], case_id: str) -> Response:
    """Ask that a person looks at what a machine decides, or has decided."""
    caller = owner_of(request, case_id, "lodge")
    applied = decision_reviews.ask_for_person(
        caller, case_id, request.input.reason, request.attempt, request.now
    )
    return replayed(owned_view(caller, applied.new, request.lang), again=applied.replayed)


def _to_correct(error: FieldError, lang: Lang) -> ToCorrect:
    detail: Any = error.detail
    return ToCorrect(pointer=error.pointer, code=error.code, detail=detail.in_language(lang))
