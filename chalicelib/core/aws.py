"""The clients of AWS: one a service and process, made when first asked for.

Those that a request waits for stand under the bounds of `core.retry`.
"""

import base64
import json
import re
import threading
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import botocore.session
from botocore.config import Config

from chalicelib.core import retry, tracing
from chalicelib.core.settings import SETTINGS

_OF_REQUESTS: Final = frozenset({"dynamodb", "kms", "s3", "secretsmanager"})
# The operations on items, whose answers are JSON but for binary values.
OF_ITEMS: Final = (
    "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query",
    "TransactGetItems", "TransactWriteItems", "UpdateItem",
)  # fmt: skip
BINARY: Final = re.compile(rb'"BS?"\s*:')
# Others are asked by workers: below what a function may last, above the longest polling.
_READ_SECONDS: Final = 10
_alone: Final = threading.Lock()


def client(name: str) -> Any:
    """Return the client of a service, as `sqs`, `events` or `s3`; it asks again when it must."""
    with _alone:
        return _client(name)


@cache
def _client(name: str) -> Any:
    waited_for = name in _OF_REQUESTS
    config = Config(
        connect_timeout=retry.CONNECT_SECONDS,
        read_timeout=retry.READ_SECONDS if waited_for else _READ_SECONDS,
        max_pool_connections=64,
        # What the services would refuse is not looked for twice.
        parameter_validation=False,
        # The usual name is put together anew for every request.
        user_agent="onetrip",
        retries={"total_max_attempts": 1 if waited_for else 3, "mode": "standard"},
        # Without it the SDK presigns by Version 2 in old regions, which signs neither the size nor
        # the checksum, and names a host that answers other regions by redirects.
        signature_version="s3v4" if name == "s3" else None,
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
    made: Any = botocore.session.get_session().create_client(name, SETTINGS.region, config=config)
    if waited_for:
        retry.govern(made)
    if name == "dynamodb":
        # A table is reached at its region's address, which the client has found; by the rules it
        # would be worked out anew for every call.
        made._ruleset_resolver = None  # noqa: SLF001
        made._serializer = _AsItStands(made._serializer)  # noqa: SLF001
        for operation in OF_ITEMS:
            made.meta.events.register(f"before-parse.dynamodb.{operation}", _take_as_it_came)
    tracing.follow(made)
    return made


class _AsItStands:
    """Writes what is asked for about items as the JSON that its parameters are.

    What the SDK makes of them, value by value, is the same. Other operations are left to it.
    """

    def __init__(self, serializer: Any) -> None:
        """Keep the SDK's own, which writes the headers."""
        self._serializer = serializer

    def serialize_to_request(self, parameters: dict[str, Any], model: Any) -> dict[str, Any]:
        """Return the request."""
        if model.name not in OF_ITEMS:
            whole: dict[str, Any] = self._serializer.serialize_to_request(parameters, model)
            return whole
        body = json.dumps(parameters, default=_in_base64).encode()
        return {**self._serializer.serialize_to_request({}, model), "body": body}


def _in_base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _take_as_it_came(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Take an answer about items as its JSON.

    What the SDK makes of it, value by value, is the same. Binary values and errors are left to it.
    """
    body = response_dict["body"]
    if response_dict["status_code"] == HTTPStatus.OK and not BINARY.search(body):
        customized_response_dict.update(json.loads(body))
        response_dict["body"] = b"{}"


def asked_once(name: str, region: str, endpoint: str) -> Any:
    """Return a client that never asks again by itself: what it asks for would be done twice.

    Without an endpoint it is the service's own.
    """
    with _alone:
        return botocore.session.get_session().create_client(
            name,
            region or SETTINGS.region,
            endpoint_url=endpoint or None,
            config=Config(
                connect_timeout=retry.CONNECT_SECONDS,
                read_timeout=retry.READ_SECONDS,
                user_agent="onetrip",
                retries={"total_max_attempts": 1, "mode": "standard"},
            ),
        )
