"""Logs as one JSON object a line: ids and facts, never names, numbers, phones or tokens."""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from chalicelib.core.settings import SETTINGS

FIELDS: Final = (
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
    "register",
    "service_id",
    "date",
    "size",
    "sent",
    "borne",
    "repaired",
    "by_clock",
    "orphans",
    "dropped",
    "open",
    "stage",
    "operation",
    "outcome",
    "answers",
    "refused",
    "happened",
    "_aws",
)
_OURS: Final = re.compile("/(?:chalicelib|functions)/")
_BETWEEN: Final = frozenset({"aws.py", "retry.py", "tracing.py"})
NAMESPACE: Final = "OneTrip"
PROCESSED: Final = "processed"
FAILED: Final = "failed"
AGE: Final = "age"
REPAIRED: Final = "repaired"
# That the clock began a run; seats that nobody had; reminders that came too late to help; endpoints
# to which nothing is sent, as they do not answer.
BY_CLOCK: Final = "by_clock"
ORPHANS: Final = "orphans"
DROPPED: Final = "dropped"
OPEN: Final = "open"
ANSWERS: Final = "answers"
REFUSED: Final = "refused"
HAPPENED: Final = "happened"
# What a request began: it is in the lines of all that follows from it, also in workers.
CAUSE: Final = "cause"
_SECONDS: Final = frozenset({AGE})
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


def cause() -> str | None:
    """Return the id of the request from which what is done now follows; None when it is none's."""
    found = _bound.get().get(CAUSE)
    return None if found is None else str(found)


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
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line |= _places(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def _places(record: logging.LogRecord) -> dict[str, object]:
    """Return the innermost places of a failure, and of these the last that is the product's own.

    By `place` failures can be counted: the innermost are those of libraries, and of what stands
    between them and us.
    """
    places, ours = [], None
    trace = record.exc_info[2] if record.exc_info else None
    while trace:
        code = trace.tb_frame.f_code
        file = code.co_filename.rsplit("/", 1)[-1]
        places.append(f"{file}:{trace.tb_lineno} {code.co_name}")
        if _OURS.search(code.co_filename) and file not in _BETWEEN:
            ours = places[-1]
        trace = trace.tb_next
    return {"place": ours, "places": places[-12:]}


def count_repaired(function: str, kind: str, repaired: int) -> None:
    """Count the events of a kind whose effects a function made up for, for its alarm."""
    emit({REPAIRED: repaired}, {"function": function, "kind": kind})


def emit(metrics: Mapping[str, float], dimensions: Mapping[str, str]) -> None:
    """Write metrics by stage and the first dimension, then by each further one."""
    by = ["stage", *dimensions]
    counted = [(by[: size + 1], tuple(metrics)) for size in range(1, len(by))]
    _METRICS.info("metrics", extra={**dimensions, **metrics, **embedded(counted)})


def embedded(counted: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[str, object]:
    """Return what makes metrics of fields of a line: by which fields, and which are counted.

    It is CloudWatch's embedded metric format (Amazon CloudWatch User Guide, "Specification:
    Embedded metric format"); one directive for the metrics that are counted alike.
    """
    alike: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for by, names in counted:
        alike.setdefault(tuple(names), []).append([*by])
    directives = [
        {
            "Namespace": NAMESPACE,
            "Dimensions": by,
            "Metrics": [{"Name": name, "Unit": _unit(name)} for name in names],
        }
        for names, by in alike.items()
    ]
    # Amazon's clock places a metric in time, whatever the product's says.
    moment = int(datetime.now(UTC).timestamp() * 1000)
    aws = {"Timestamp": moment, "CloudWatchMetrics": directives}
    return {"stage": SETTINGS.stage, "_aws": aws}


def _unit(metric: str) -> str:
    return "Seconds" if metric in _SECONDS else "Count"


def configure(level: int = logging.INFO) -> None:
    """Send the product's own loggers to standard error as JSON lines, once and nowhere else."""
    logger = logging.getLogger("onetrip")
    ours = [one for one in logger.handlers if isinstance(one.formatter, JsonLines)]
    # Chalice puts a handler on the logger of the app's name, for each app that is made, and it
    # would write messages whole.
    for other in [one for one in logger.handlers if type(one) is logging.StreamHandler]:
        if other not in ours:
            logger.removeHandler(other)
    if logger.level != level:
        logger.setLevel(level)
    if ours:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.propagate = False
