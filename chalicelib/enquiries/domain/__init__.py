"""Enquiries: what they are, their steps and deadlines, and answers fit to be published."""

from chalicelib.enquiries.domain.enquiry import (
    NOBODY,
    OPEN,
    SUBJECT_TYPES,
    Channel,
    Contact,
    Effects,
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    EnquirySummary,
    Kind,
    Place,
    Subject,
    SubjectType,
    Submission,
    Words,
)
from chalicelib.enquiries.domain.errors import (
    AlreadyExtended,
    DeadlinePassed,
    NotPublishable,
    ReopenedTooOften,
)
from chalicelib.enquiries.domain.published import PublishedAnswer
from chalicelib.enquiries.domain.statistics import DailyCounts

__all__ = [
    "NOBODY",
    "OPEN",
    "SUBJECT_TYPES",
    "AlreadyExtended",
    "Channel",
    "Contact",
    "DailyCounts",
    "DeadlinePassed",
    "Effects",
    "Enquiry",
    "EnquiryFile",
    "EnquiryStatus",
    "EnquirySummary",
    "Kind",
    "NotPublishable",
    "Place",
    "PublishedAnswer",
    "ReopenedTooOften",
    "Subject",
    "SubjectType",
    "Submission",
    "Words",
]
