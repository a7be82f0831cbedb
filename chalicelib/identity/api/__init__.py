"""The routes of citizens and of log-in, each subject in a module that is loaded with the room."""

from chalicelib.identity.api import (
    accounts,
    link_confirmation,
    members,
    person_corrections,
    personal_data_requests,
    profile,
    sessions,
)

__all__ = [
    "accounts",
    "link_confirmation",
    "members",
    "person_corrections",
    "personal_data_requests",
    "profile",
    "sessions",
]
