"""What API Gateway must know: the routes of the Chalice app, and what it answers by itself."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import Aws
from chalice.app import Chalice
from chalice.deploy.swagger import SwaggerGenerator

from chalicelib.core.errors import (
    BodyTooLarge,
    Forbidden,
    InternalError,
    InvalidRequest,
    NotFound,
    Problem,
    TooManyRequests,
    TryAgain,
    UnsupportedMediaType,
)
from chalicelib.core.i18n import DEFAULT_LANG
from chalicelib.core.responses import PROBLEM_TYPE

# What the gateway refuses before, or answers after, the function: the contract's problems instead.
_OWN_ANSWERS: Final[Mapping[str, Problem]] = {
    "DEFAULT_4XX": InvalidRequest(),
    "DEFAULT_5XX": InternalError(),
    "ACCESS_DENIED": Forbidden(),
    "INTEGRATION_FAILURE": TryAgain(retry_after=2),
    "INTEGRATION_TIMEOUT": TryAgain(retry_after=2),
    # It takes a path that it does not know for a request without its signature.
    "MISSING_AUTHENTICATION_TOKEN": NotFound(),
    "QUOTA_EXCEEDED": TooManyRequests(retry_after=60),
    "REQUEST_TOO_LARGE": BodyTooLarge(),
    "RESOURCE_NOT_FOUND": NotFound(),
    "THROTTLED": TooManyRequests(retry_after=1),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType(),
}


class _Swagger(SwaggerGenerator):
    """Chalice's own description of its routes, with the function's ARN for any partition."""

    def __init__(self, function_arn: str) -> None:
        super().__init__("", {})
        self._function_arn = function_arn

    def _uri(self, _lambda_arn: str | None = None) -> str:
        return (
            f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/2015-03-31/functions/"
            f"{self._function_arn}/invocations"
        )


def document(app: Chalice, function_arn: str, *, browsers: bool) -> dict[str, Any]:
    """Return the gateway's description; `browsers` lets pages of other origins read refusals."""
    swagger: dict[str, Any] = _Swagger(function_arn).generate_swagger(app)
    binary = swagger["x-amazon-apigateway-binary-media-types"]
    swagger["x-amazon-apigateway-binary-media-types"] = sorted(binary)
    swagger["x-amazon-apigateway-gateway-responses"] = {
        kind: _answer(problem, browsers=browsers) for kind, problem in _OWN_ANSWERS.items()
    }
    return swagger


def digest(app: Chalice, *, browsers: bool) -> str:
    """Return 12 letters and digits that change when the description does."""
    text = json.dumps(document(app, "the-function", browsers=browsers), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _answer(problem: Problem, *, browsers: bool) -> dict[str, Any]:
    headers = {**problem.headers(), "Content-Type": PROBLEM_TYPE, "Cache-Control": "no-store"}
    parameters = {f"gatewayresponse.header.{name}": f"'{text}'" for name, text in headers.items()}
    if browsers:
        origin = "gatewayresponse.header.Access-Control-Allow-Origin"
        parameters[origin] = "method.request.header.Origin"
    members = problem.members(DEFAULT_LANG, "$context.requestId")
    return {
        "statusCode": str(problem.status),
        "responseParameters": parameters,
        "responseTemplates": {"application/json": json.dumps(members, ensure_ascii=False)},
    }
