"""Routes about the system itself: liveness, readiness and the OpenAPI document."""

import json
from functools import cache
from typing import Any, Final, Literal

from chalicelib import VERSION
from chalicelib.core import auth, dependencies
from chalicelib.core.errors import TryAgain
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response
from chalicelib.core.plugins import load_modules
from chalicelib.core.routes import Routes
from chalicelib.core.tables import Table, reachable

routes: Final = Routes("system")


class Health(BodyModel):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(BodyModel):
    """Everything that a request stands on answers."""

    status: Literal["ready"]
    tables: list[str]
    signing_key: str


@routes.get("/v1/health", auth=auth.public, response=Health)
def health(_request: Request[QueryModel]) -> Health:
    """Answer that the process is up; reads nothing."""
    return Health(status="ok", version=VERSION)


@routes.get("/v1/ready", auth=auth.public, response=Ready, errors=[TryAgain])
def ready(_request: Request[QueryModel]) -> Ready:
    """Prove that the tables and the signing key can be reached."""
    load_modules("ROUTE_MODULES")
    tables = [table.room for table in Table.registry.values() if reachable(table)]
    key = dependencies.token_keys().signing
    key.private.sign(b"ready")
    return Ready(status="ready", tables=sorted(tables), signing_key=key.kid)


@routes.get("/v1/openapi.json", auth=auth.public, cacheable_seconds=300)
def openapi_document(_request: Request[QueryModel]) -> Response:
    """Return the OpenAPI 3.1 document of this very version."""
    return Response(document())


@cache
def document() -> str:
    """Return the document as JSON."""
    from chalicelib.core import openapi  # noqa: PLC0415 - cold start.

    load_modules("ROUTE_MODULES")
    document: dict[str, Any] = openapi.document(list(Routes.declared.values()), VERSION)
    return json.dumps(document, ensure_ascii=False)
