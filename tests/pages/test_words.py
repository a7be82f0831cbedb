"""Every code that the server may send has its word in both tables: no page shows a raw one."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, get_args

import pytest

from chalicelib.appointments.domain import appointments
from chalicelib.cases import domain as cases
from chalicelib.cases.domain.automated import CheckOutcome, Verdict
from chalicelib.certificates.domain.steps import StepName as CertificateStep
from chalicelib.core.event_types import EVENT_TYPES
from chalicelib.core.history import Reason
from chalicelib.deliveries.domain import delivery as deliveries
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.enquiries import domain as enquiries
from chalicelib.notifications.preferences.domain import SUGGESTION_KINDS
from chalicelib.opendata.domain import datasets
from chalicelib.opendata.domain.performance import Performance
from chalicelib.payments.domain import payments
from chalicelib.payments.domain.refunds import RefundStatus
from chalicelib.payments.domain.unmatched import Act
from tests.pages.words import table

ROOT: Final = Path(__file__).parents[2] / "chalicelib"
DATA: Final = json.loads((ROOT / "catalogue" / "data" / "catalogue.json").read_text())
# Codes of alerts that no enumeration lists: they stand where the alert is raised.
RAISED: Final = {
    "mandate_disputed",
    "person_taken_over",
    "step_by_wrong_role",
    "step_out_of_order",
    "refund_failed",
    "unknown_payment",
    "wrong_account",
    "wrong_amount",
    "wrong_currency",
    "books_unavailable",
    "books_amount",
    "books_missing_here",
    "books_missing_there",
    "books_returned",
    "books_unknown_payment",
    "books_unreadable",
    "chargeback",
    "refund_outside",
    "draw_void",
    "machine_switched_off",
    "enquiry_escalated",
    "enquiry_overdue",
}
# Those of endpoints are put together from whose they are.
ENDPOINTS: Final = {
    f"{whose}_{what}"
    for whose in ("courier", "issuer", "subscriber")
    for what in ("not_answering", "disabled")
}
EVENTS_OF_CASES = [path.read_text() for path in (ROOT / "cases" / "service").glob("*.py")]
CODES: Final[dict[str, Iterable[str]]] = {
    "appointment": appointments.AppointmentStatus,
    "refusal": get_args(appointments.Refusal),
    "case": cases.CaseStatus,
    "step": get_args(cases.StepName),
    "paid": {*get_args(cases.PaymentStatus)} - {"none"},
    "event": {step.event for step in cases.STEPS.values()}
    | set(re.findall(r'"(case\.\w+)"', "".join(EVENTS_OF_CASES))) - {"case.delivery_updated"}
    | {"case.submitted"}
    | {f"delivery.{status}" for status in DeliveryStatus},
    "did": EVENT_TYPES - {key.removeprefix("event.") for key in table("zh-CN")},
    "alert": {
        *cases.STANDING_ALERTS,
        *RAISED,
        *ENDPOINTS,
        *(f"parcel_{flag}" for flag in deliveries.Flag),
    },
    "delivery": DeliveryStatus,
    "payment": payments.PaymentStatus,
    "refund": RefundStatus,
    "held": get_args(Act),
    "method": get_args(payments.Method),
    "enquiry": enquiries.EnquiryStatus,
    "enquiries": get_args(enquiries.Kind),
    "channel": get_args(enquiries.Channel),
    "suggestion": SUGGESTION_KINDS,
    "often": get_args(datasets.Frequency),
    "format": get_args(datasets.Format),
    "performance": Performance.__dataclass_fields__.keys() - {"decided"},
    "about": {"case", "appointment", "delivery"},
    "broken": get_args(Reason),
    "check": get_args(CheckOutcome),
    "verdict": {*get_args(Verdict), "none", "referred"},
    "category": {service["category"] for service in DATA["services"]},
}


def reasons() -> set[str]:
    """Return why staff and systems look at a citizen's data, as it is recorded."""
    looking = [path.read_text() for path in ROOT.rglob("*.py")]
    looking = [text for text in looking if re.search(r"record(?:_access|ed)\(", text)]
    named = re.compile(
        r"""_(?:PURPOSE|REASON): Final = "(\w+)"|"""
        r"""record(?:_access|ed)\((?:(?!_PURPOSE|_REASON)[^"])*"(\w+)["]"""
    )
    found = {one or other for text in looking for one, other in named.findall(text)}
    return found | {f"certificate_{step}" for step in get_args(CertificateStep)}


def test_the_owner_reads_why_each_look_was_taken() -> None:
    known = reasons()
    assert {"case_handling", "enquiry_handling", "presentation_check", "reception"} <= known
    for lang in ("zh-CN", "en"):
        assert [one for one in known if f"reason.{one}" not in table(lang)] == []


@pytest.mark.parametrize("group", CODES)
def test_every_code_has_its_word(group: str) -> None:
    for lang in ("zh-CN", "en"):
        said = table(lang)
        assert [code for code in CODES[group] if f"{group}.{code}" not in said] == []


def test_the_alerts_named_here_are_those_that_are_raised() -> None:
    sources = "".join(file.read_text() for file in ROOT.rglob("*.py"))
    unknown = {code for code in RAISED if f'"{code}"' not in sources}
    # Those of the books are put together from what differs.
    assert unknown == {
        "books_amount",
        "books_missing_here",
        "books_missing_there",
        "books_unknown_payment",
        "books_unreadable",
    }
