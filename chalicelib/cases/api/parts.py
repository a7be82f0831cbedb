"""The routes of departments: the steps with their parts of a case.

Another department's part is not found; a step out of order or by the wrong role leaves an alert.
"""

from collections.abc import Callable
from typing import Final

from chalicelib.cases.api.staff import ALL_STAFF
from chalicelib.cases.api.steps import HandledState, StepTaken, handled_state
from chalicelib.cases.domain import AlreadyClaimed, OriginalsMissing, PartStepName, Remark
from chalicelib.cases.service import parts
from chalicelib.cases.service.parts import PartRequest
from chalicelib.certificates.domain.errors import CertificateNotValid
from chalicelib.core.errors import StaleVersion, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.registers.domain import LookupExpired

routes: Final = Routes("admin_case_parts")

_View = Callable[[Request[StepTaken], str, str], Response]


def _step(name: PartStepName) -> Callable[[_View], _View]:
    return routes.post(
        f"/v1/admin/cases/{{case_id}}/parts/{{part_id}}/{name}",
        auth=ALL_STAFF,
        body=StepTaken,
        response=HandledState,
        errors=[
            WrongStatus,
            StaleVersion,
            AlreadyClaimed,
            CertificateNotValid,
            LookupExpired,
            OriginalsMissing,
            SecondPersonNeeded,
        ],
        idempotent=True,
    )


def _take(request: Request[StepTaken], case_id: str, part_id: str, name: PartStepName) -> Response:
    body = request.input
    items = tuple(Remark(item.pointer, item.detail) for item in body.items)
    step = PartRequest(part_id, name, body.version, body.note, items)
    applied = parts.step(request.staff, case_id, step, request.attempt, request.now)
    return replayed(handled_state(applied.new, request), again=applied.replayed)


@_step("claim")
def claim(request: Request[StepTaken], case_id: str, part_id: str) -> Response:
    """Take a department's part on."""
    return _take(request, case_id, part_id, "claim")


@_step("release")
def release(request: Request[StepTaken], case_id: str, part_id: str) -> Response:
    """Give a department's part back to the list."""
    return _take(request, case_id, part_id, "release")


@_step("approve")
def approve(request: Request[StepTaken], case_id: str, part_id: str) -> Response:
    """Decide for the citizen; the last part that is needed approves the case."""
    return _take(request, case_id, part_id, "approve")


@_step("reject")
def reject(request: Request[StepTaken], case_id: str, part_id: str) -> Response:
    """Decide against the citizen, with a note; the lead decides what it means for the case."""
    return _take(request, case_id, part_id, "reject")


@_step("request-correction")
def request_correction(request: Request[StepTaken], case_id: str, part_id: str) -> Response:
    """Say what is to be corrected; the citizen is asked for all parts at once."""
    return _take(request, case_id, part_id, "request-correction")
