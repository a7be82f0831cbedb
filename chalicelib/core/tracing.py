"""Subsegments of X-Ray: what a traced invocation asked of AWS, and how long each call took.

Active tracing of a function says when it ran; what it waited for it does not say. Lambda puts the
trace of an invocation into its environment and runs X-Ray's daemon, which takes documents by UDP
("AWS X-Ray segment documents" and "Sending trace data to X-Ray", AWS X-Ray developer guide). A
document names the service, the operation and the table: no key, no value, nobody. What is lost on
the way is lost; nothing waits for it.
"""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from functools import cache
from time import time
from typing import Any, Final

_HEADER: Final = b'{"format": "json", "version": 1}\n'
_THROTTLED: Final = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException"})
_REFUSED, _FAILED = 400, 500


def follow(client: Any) -> None:
    """Tell the daemon of each call of a client of botocore, where there is a daemon."""
    if not os.environ.get("AWS_XRAY_DAEMON_ADDRESS"):
        return
    events = client.meta.events
    events.register("before-call", _begin)
    events.register("after-call", _answered)
    events.register("after-call-error", _unanswered)


def sampled() -> tuple[str, str] | None:
    """Return the trace and the segment of this invocation; None when it is not sampled."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    said = dict(part.partition("=")[::2] for part in header.split(";"))
    is_whole = said.get("Sampled") == "1" and said.get("Root") and said.get("Parent")
    return (said["Root"], said["Parent"]) if is_whole else None


def _begin(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
    trace = sampled()
    if trace:
        context["trace"] = (*trace, time(), _table_of(params))


def _answered(
    http_response: Any, parsed: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object
) -> None:
    meta = parsed.get("ResponseMetadata", {})
    status, code = http_response.status_code, parsed.get("Error", {}).get("Code")
    more: dict[str, object] = {"http": {"response": {"status": status}}}
    if status >= _FAILED:
        more["fault"] = True
    elif status >= _REFUSED:
        more |= {"error": True, "throttle": code in _THROTTLED}
    asked = {"retries": meta.get("RetryAttempts", 0), "request_id": meta.get("RequestId")}
    _send(model.service_model.service_name, model.name, context, asked, more)


def _unanswered(context: dict[str, Any], event_name: str = "", **_: object) -> None:
    # `after-call-error.dynamodb.GetItem`
    service, _dot, operation = event_name.partition(".")[2].partition(".")
    _send(service, operation, context, {}, {"fault": True})


def _send(
    service: str,
    operation: str,
    context: Mapping[str, Any],
    asked: Mapping[str, object],
    more: Mapping[str, object],
) -> None:
    if "trace" not in context:
        return
    trace, segment, began, table = context["trace"]
    named = {"table_name": table} if table else {}
    document = {
        "id": secrets.token_hex(8),
        "trace_id": trace,
        "parent_id": segment,
        "type": "subsegment",
        "namespace": "aws",
        "name": service,
        "start_time": began,
        "end_time": time(),
        "aws": {"operation": operation, **named, **asked},
        **more,
    }
    try:
        _socket().sendto(_HEADER + json.dumps(document).encode(), _daemon())
    except OSError:
        # It is for those who look on; who waits for an answer gets it.
        return


def _table_of(params: Mapping[str, Any]) -> str | None:
    """Return the one table that a request of DynamoDB, as it goes out, is about."""
    body = params.get("body")
    if not isinstance(body, bytes | str) or "TableName" not in str(body):
        return None
    found = json.loads(body)
    return str(found["TableName"]) if "TableName" in found else None


@cache
def _socket() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _daemon() -> tuple[str, int]:
    host, _colon, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")
    return host, int(port)
