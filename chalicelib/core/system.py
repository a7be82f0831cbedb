"""The routes about the system itself: is it up, is it ready, what can it do."""

import json
from functools import cache
from typing import Any, Final, Literal

from chalicelib import VERSION
from chalicelib.core import auth, wiring
from chalicelib.core.calls import Call, Model, Query, Reply
from chalicelib.core.errors import TryAgain
from chalicelib.core.tables import Table, reachable
from chalicelib.core.web import Routes

routes: Final = Routes("system")


class Health(Model):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(Model):
    """Everything that a request stands on answers."""

    status: Literal["ready"]
    tables: list[str]
    signing_key: str


@routes.get("/v1/health", auth=auth.public, answers=Health)
def health(_call: Call[Query]) -> Health:
    """Say that the process is up; reads nothing."""
    return Health(status="ok", version=VERSION)


@routes.get("/v1/ready", auth=auth.public, answers=Ready, problems=[TryAgain])
def ready(_call: Call[Query]) -> Ready:
    """Prove that the tables and the signing key can be reached."""
    tables = [table.room for table in Table.registry.values() if reachable(table)]
    key = wiring.token_keys().signing
    key.private.sign(b"ready")
    return Ready(status="ready", tables=sorted(tables), signing_key=key.kid)


@routes.get("/v1/openapi.json", auth=auth.public, cacheable_seconds=300)
def openapi_document(_call: Call[Query]) -> Reply:
    """Return the OpenAPI 3.1 document of this very version."""
    return Reply(document())


@cache
def document() -> str:
    """Return the document as JSON."""
    from chalicelib.core import openapi  # noqa: PLC0415 - cold start.

    document: dict[str, Any] = openapi.document(list(Routes.declared.values()), VERSION)
    return json.dumps(document, ensure_ascii=False)
