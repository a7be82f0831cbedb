"""The routes of citizens, staff and everyone, each in a module that is loaded with the room."""

from chalicelib.cases.api import (
    automated,
    citizen,
    decisions,
    drafts,
    history,
    intake,
    originals,
    parts,
    prefill,
    staff,
    status_lookup,
    steps,
)

__all__ = [
    "automated",
    "citizen",
    "decisions",
    "drafts",
    "history",
    "intake",
    "originals",
    "parts",
    "prefill",
    "staff",
    "status_lookup",
    "steps",
]
