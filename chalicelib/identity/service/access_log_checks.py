"""Looks at citizens' data, held against the chains in which they were noted."""

from chalicelib.anchors.service import access_log_chain
from chalicelib.core.audit import SubjectHistory
from chalicelib.core.history import Finding
from chalicelib.identity import storage


def find_changed(subject: str, kept: SubjectHistory) -> Finding | None:
    """Return the first look of a chain `looks:<citizen_id>` that is no more as it was recorded."""
    citizen_id = subject.removeprefix("looks:")
    if citizen_id == subject:
        return None
    looks = {key: access_log_chain.digest(facts) for key, facts in storage.load_looks(citizen_id)}
    for entry in kept.entries:
        found = looks.get(entry.data["look"])
        if found != entry.data["digest"]:
            return Finding(entry.seq, "altered" if found else "left_out")
    return None
