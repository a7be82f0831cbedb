"""Services and halls, and what a citizen must know before coming."""

from chalicelib.catalogue.domain.departments import Department
from chalicelib.catalogue.domain.fees import Fee
from chalicelib.catalogue.domain.offices import (
    Arrival,
    Closure,
    DayKind,
    Group,
    Hours,
    Office,
    group_of,
    parse_office,
)
from chalicelib.catalogue.domain.parts import Part
from chalicelib.catalogue.domain.quotas import DrawRule, Quota, parse_quota
from chalicelib.catalogue.domain.registers import RegisterQuestion
from chalicelib.catalogue.domain.release import AT_ONCE, Release, ReleaseMode, parse_release
from chalicelib.catalogue.domain.rules import IfNot, Rule, Ruleset
from chalicelib.catalogue.domain.services import (
    CATEGORIES,
    FEE_STEPS,
    Consent,
    FeeStep,
    Material,
    OriginalNeed,
    OriginalsWhen,
    RatingSummary,
    Service,
    SignedAct,
    TimeLimit,
    parse_service,
)

__all__ = [
    "AT_ONCE",
    "CATEGORIES",
    "FEE_STEPS",
    "Arrival",
    "Closure",
    "Consent",
    "DayKind",
    "Department",
    "DrawRule",
    "Fee",
    "FeeStep",
    "Group",
    "Hours",
    "IfNot",
    "Material",
    "Office",
    "OriginalNeed",
    "OriginalsWhen",
    "Part",
    "Quota",
    "RatingSummary",
    "RegisterQuestion",
    "Release",
    "ReleaseMode",
    "Rule",
    "Ruleset",
    "Service",
    "SignedAct",
    "TimeLimit",
    "group_of",
    "parse_office",
    "parse_quota",
    "parse_release",
    "parse_service",
]
