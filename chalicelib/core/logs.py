"""Logs as one JSON object a line: ids and facts, never names, numbers, phones or tokens."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from chalicelib.core.settings import SETTINGS

_FIELDS: Final = (
    "request_id",
    "route",
    "status",
    "code",
    "caller",
    "milliseconds",
    "provider",
    "vendor_code",
    "template",
    "reason",
    "event",
    "function",
    "item",
    "processed",
    "failed",
    "age",
    "kind",
    "room",
    "repaired",
    "stage",
    "_aws",
)
NAMESPACE: Final = "OneTrip"
PROCESSED: Final = "processed"
FAILED: Final = "failed"
AGE: Final = "age"
REPAIRED: Final = "repaired"
_UNITS: Final = {PROCESSED: "Count", FAILED: "Count", AGE: "Seconds", REPAIRED: "Count"}
_METRICS: Final = logging.getLogger("onetrip.metrics")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_bound: Final[ContextVar[Mapping[str, object]]] = ContextVar("log_fields", default=_NOTHING)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Write these fields into every log line of what is done inside, as `request_id`."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


class JsonLines(logging.Formatter):
    """Writes a record as JSON, with the known extra fields and the place of an exception.

    An exception's message may quote what a person sent, so only its type and place are written.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= _bound.get()
        line |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["places"] = _places(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def _places(record: logging.LogRecord) -> list[str]:
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]


def count_repaired(function: str, kind: str, repaired: int) -> None:
    """Count the events of a kind whose effects a function made up for, for its alarm."""
    emit({REPAIRED: repaired}, {"function": function, "kind": kind})


def emit(metrics: Mapping[str, float], dimensions: Mapping[str, str]) -> None:
    """Write metrics by stage and the first dimension, then by each further one.

    The line is in CloudWatch's embedded metric format (Amazon CloudWatch User Guide,
    "Specification: Embedded metric format").
    """
    by = ["stage", *dimensions]
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [by[: size + 1] for size in range(1, len(by))],
        "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in metrics],
    }
    # Amazon's clock places a metric in time, whatever the product's says.
    moment = int(datetime.now(UTC).timestamp() * 1000)
    aws = {"Timestamp": moment, "CloudWatchMetrics": [directive]}
    _METRICS.info("metrics", extra={**dimensions, **metrics, "stage": SETTINGS.stage, "_aws": aws})


def configure(level: int = logging.INFO) -> None:
    """Send the product's own loggers to standard error as JSON lines, once."""
    logger = logging.getLogger("onetrip")
    if any(isinstance(handler.formatter, JsonLines) for handler in logger.handlers):
        return
    # Chalice puts a handler on the logger of the app's name, and it would write messages whole.
    for other in [one for one in logger.handlers if type(one) is logging.StreamHandler]:
        logger.removeHandler(other)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
