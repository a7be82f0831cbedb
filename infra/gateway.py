"""What API Gateway must know: the routes of the Chalice app, and what it answers by itself."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import Aws
from chalice.app import Chalice, RouteEntry
from chalice.deploy.swagger import SwaggerGenerator

from chalicelib.core.errors import (
    BodyTooLarge,
    Forbidden,
    InvalidRequest,
    NotFound,
    Problem,
    TooManyRequests,
    TryAgain,
    UnsupportedMediaType,
)
from chalicelib.core.greedy import GREEDY
from chalicelib.core.i18n import DEFAULT_LANG
from chalicelib.core.responses import PROBLEM_TYPE

# What the gateway refuses before, or answers after, the function: the contract's problems instead.
_OWN_ANSWERS: Final[Mapping[str, Problem]] = {
    "DEFAULT_4XX": InvalidRequest(),
    # Lambda that lets nothing more run comes out as this: the same request will do a little later.
    "DEFAULT_5XX": TryAgain(retry_after=2),
    "ACCESS_DENIED": Forbidden(),
    "INTEGRATION_FAILURE": TryAgain(retry_after=2),
    "INTEGRATION_TIMEOUT": TryAgain(retry_after=2),
    # It takes a path that it does not know for a request without its signature.
    "MISSING_AUTHENTICATION_TOKEN": NotFound(),
    "QUOTA_EXCEEDED": TooManyRequests(retry_after=60),
    "REQUEST_TOO_LARGE": BodyTooLarge(),
    "RESOURCE_NOT_FOUND": NotFound(),
    # It is the stage that has too much to do, not the caller.
    "THROTTLED": TryAgain(retry_after=1),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType(),
}


_Methods = Mapping[str, dict[str, Any]]
_NUMBER_OF_TOKEN: Final = re.compile(r"\.[0-9]+\](?=\})")
# Staff and their screens; everything else is the citizens'.
STAFF_PATHS: Final = ("/v1/admin", "/v1/staff")


class _Swagger(SwaggerGenerator):
    """Chalice's own description of its routes, with the function's ARN for any partition."""

    def __init__(self, citizens: str, staff: str) -> None:
        super().__init__("", {})
        self._citizens, self._staff = citizens, staff

    def _uri(self, lambda_arn: str | None = None) -> str:
        return (
            f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/2015-03-31/functions/"
            f"{lambda_arn or self._citizens}/invocations"
        )

    def _generate_apig_integ(self, view: RouteEntry) -> dict[str, Any]:
        made: dict[str, Any] = super()._generate_apig_integ(view)
        return {**made, "uri": self._uri(self._staff)} if is_for_staff(view.uri_pattern) else made


def is_for_staff(path: str) -> bool:
    """Tell whether a path is one of staff's."""
    return any(path == one or path.startswith(f"{one}/") for one in STAFF_PATHS)


def staff_only_from(networks: Sequence[str]) -> dict[str, Any] | None:
    """Return the gateway's policy that keeps staff's paths to some networks; None for all.

    What it denies it answers as `ACCESS_DENIED` (API Gateway, "Control access to a REST API with
    API Gateway resource policies").
    """
    if not networks:
        return None
    every = {"Principal": "*", "Action": "execute-api:Invoke"}
    staff = [f"execute-api:/*/*{path}{end}" for path in STAFF_PATHS for end in ("", "/*")]
    elsewhere = {"NotIpAddress": {"aws:SourceIp": list(networks)}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", **every, "Resource": ["execute-api:/*"]},
            {"Effect": "Deny", **every, "Resource": staff, "Condition": elsewhere},
        ],
    }


def document(app: Chalice, citizens: str, staff: str, *, browsers: bool) -> dict[str, Any]:
    """Return the gateway's description, which sends staff's paths to a function of their own.

    All that is beneath one of staff's paths is one resource: an API may have 300, and each part of
    each route would be one ("Quotas for configuring and running a REST API", Amazon API Gateway).
    `citizens` and `staff` are the functions' ARNs; `browsers` lets pages of other origins read
    refusals.
    """
    swagger: dict[str, Any] = _Swagger(citizens, staff).generate_swagger(app)
    # The gateway looks at the first type of Accept alone, and decodes what the function sends when
    # that is one of these. So who accepts anything would get a PDF in base64 ("Return binary media
    # from a Lambda proxy integration", Amazon API Gateway).
    swagger["x-amazon-apigateway-binary-media-types"] = ["*/*"]
    swagger["paths"] = _whole_for_staff(swagger["paths"])
    swagger["x-amazon-apigateway-gateway-responses"] = {
        kind: _answer(problem, browsers=browsers) for kind, problem in _OWN_ANSWERS.items()
    }
    return swagger


def _whole_for_staff(paths: Mapping[str, _Methods]) -> dict[str, _Methods]:
    """Put one greedy resource, with all their methods, in the place of staff's routes."""
    made = {path: methods for path, methods in paths.items() if not is_for_staff(path)}
    rest = {"in": "path", "name": "proxy", "required": True, "type": "string"}
    for top in STAFF_PATHS:
        beneath = [methods for path, methods in paths.items() if path.startswith(f"{top}/")]
        known = {name: one for methods in beneath for name, one in methods.items()}
        every = {name: {**known[name], "parameters": [rest]} for name in sorted(known)}
        made[f"{top}/{GREEDY}"] = every
    return made


def digest(app: Chalice, networks: Sequence[str], *, browsers: bool, closed: bool) -> str:
    """Return 12 letters and digits that change when the description or its policy does.

    So they do when the address at `execute-api` is `closed` or opened, which takes effect with the
    next deployment alone ("Disable the default endpoint for REST APIs", Amazon API Gateway).
    """
    described = document(app, "citizens", "staff", browsers=browsers)
    text = json.dumps([described, staff_only_from(networks), closed], sort_keys=True)
    # The toolkit numbers what it knows only when it deploys, in the order in which it was asked.
    text = _NUMBER_OF_TOKEN.sub("]", text)
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
