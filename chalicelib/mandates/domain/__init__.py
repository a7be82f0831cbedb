"""Mandates: who may do what for whom, until when, and who may say so."""

from chalicelib.mandates.domain.answers import (
    RULES,
    Answer,
    AnswerRule,
    Side,
    check_answer,
)
from chalicelib.mandates.domain.codes import AGENT_CODE_LIFETIME, AgentCode
from chalicelib.mandates.domain.family import FamilyMandate, answered
from chalicelib.mandates.domain.mandate import (
    MANDATE_ID_LENGTH,
    Mandate,
    MandateState,
    Terms,
    latest_end,
)
from chalicelib.mandates.domain.rights import (
    ACTIONS,
    ALL_SERVICES,
    Action,
    Kind,
    MandateMissing,
    MandateStatus,
    Principal,
    Rights,
    may,
    missing,
)

__all__ = [
    "ACTIONS",
    "AGENT_CODE_LIFETIME",
    "ALL_SERVICES",
    "MANDATE_ID_LENGTH",
    "RULES",
    "Action",
    "AgentCode",
    "Answer",
    "AnswerRule",
    "FamilyMandate",
    "Kind",
    "Mandate",
    "MandateMissing",
    "MandateState",
    "MandateStatus",
    "Principal",
    "Rights",
    "Side",
    "Terms",
    "answered",
    "check_answer",
    "latest_end",
    "may",
    "missing",
]
