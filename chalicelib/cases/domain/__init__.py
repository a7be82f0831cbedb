"""Cases: what they are, their steps, and the rules of time limits, corrections and ratings."""

from chalicelib.cases.domain.alerts import STANDING_ALERTS, TIME_ALERTS
from chalicelib.cases.domain.application import Application, Content
from chalicelib.cases.domain.application_body import (
    Address,
    Attachment,
    Body,
    GivenCertificate,
    GivenLookup,
)
from chalicelib.cases.domain.case import (
    ENDED,
    RUNNING,
    WITHDRAWABLE,
    Case,
    CaseFile,
    CasePart,
    CaseStatus,
    PartStatus,
    PaymentStatus,
    Remark,
    receipt_of,
)
from chalicelib.cases.domain.changes import DeliveryUpdate, Effects
from chalicelib.cases.domain.errors import (
    AlreadyClaimed,
    CitizenLeaves,
    FeeUnpaid,
    Incomplete,
    LodgedMeanwhile,
    OriginalsMissing,
    PartsOpen,
)
from chalicelib.cases.domain.parts import PartStep, PartStepName
from chalicelib.cases.domain.status_lookup import StatusLookup
from chalicelib.cases.domain.steps import STEPS, Step, StepName, StepRequest
from chalicelib.cases.domain.work_list import CaseSummary, Due, Span, WorkFilter
from chalicelib.identity.domain import VerificationRequired

__all__ = [
    "ENDED",
    "RUNNING",
    "STANDING_ALERTS",
    "STEPS",
    "TIME_ALERTS",
    "WITHDRAWABLE",
    "Address",
    "AlreadyClaimed",
    "Application",
    "Attachment",
    "Body",
    "Case",
    "CaseFile",
    "CasePart",
    "CaseStatus",
    "CaseSummary",
    "CitizenLeaves",
    "Content",
    "DeliveryUpdate",
    "Due",
    "Effects",
    "FeeUnpaid",
    "GivenCertificate",
    "GivenLookup",
    "Incomplete",
    "LodgedMeanwhile",
    "OriginalsMissing",
    "PartStatus",
    "PartStep",
    "PartStepName",
    "PartsOpen",
    "PaymentStatus",
    "Remark",
    "Span",
    "StatusLookup",
    "Step",
    "StepName",
    "StepRequest",
    "VerificationRequired",
    "WorkFilter",
    "receipt_of",
]
