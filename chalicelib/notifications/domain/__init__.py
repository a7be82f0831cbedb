"""Notices, consents and reminders, the words of notices, and which platform's field takes what."""

from chalicelib.notifications.domain.notices import (
    CONSENT_LIMIT,
    KEPT_FOR,
    LEASE,
    REMINDERS,
    SUBSCRIPTIONS,
    Due,
    Message,
    Notice,
    Outer,
    Reminder,
    Sent,
    Subscription,
    Template,
    Words,
    due_at,
    useful_until,
)

__all__ = [
    "CONSENT_LIMIT",
    "KEPT_FOR",
    "LEASE",
    "REMINDERS",
    "SUBSCRIPTIONS",
    "Due",
    "Message",
    "Notice",
    "Outer",
    "Reminder",
    "Sent",
    "Subscription",
    "Template",
    "Words",
    "due_at",
    "useful_until",
]
