"""The route by which citizens verify their own case: its chain, what they may see of it, a proof.

What an entry hides from its owner is who of the staff acted, and words that are sealed; the hash of
the entry covers it by commitments (`core.history`).
"""

from typing import Final

from chalicelib.anchors.api.views import AnchorProof
from chalicelib.anchors.service import proofs
from chalicelib.cases.api.citizen import owner_of
from chalicelib.cases.service import queries
from chalicelib.core import auth, history
from chalicelib.core.history import Entry
from chalicelib.core.http_messages import BodyModel, HeadView, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("cases")
_SHOWN: Final = frozenset(
    {
        "by",
        *("data.appointment", "data.changed", "data.delivery_status", "data.handover"),
        *("data.office", "data.part", "data.rules", "data.ruleset", "data.service"),
        *("data.status", "data.until"),
    }
)
_STAFF: Final = "staff:"


class ShownFact(BodyModel):
    """What a commitment is to: SHA-256 of `[salt,name,value]`."""

    name: str
    value: str
    salt: str


class OwnEntry(BodyModel):
    """One change, as its owner may see it; an entry without commitments is of before there were."""

    seq: int
    type: str
    at: str
    prev_hash: str
    hash: str
    commitments: dict[str, str]
    shown: list[ShownFact]


class CaseHistory(BodyModel):
    """A case's whole chain, its end, and where it stands in the newest anchor that covers it.

    `proof` is null until the first night after the case was lodged.
    """

    subject_id: str
    items: list[OwnEntry]
    head: HeadView
    proof: AnchorProof | None


@routes.get(
    "/v1/cases/{case_id}/history",
    auth=auth.citizen,
    response=CaseHistory,
    errors=[MandateMissing],
)
def show_history(request: Request[QueryModel], case_id: str) -> CaseHistory:
    """Show the whole history of one's own case, to be verified without believing this server."""
    caller = owner_of(request, case_id, "read")
    file = queries.show(caller.citizen_id, case_id)
    anchored, head = proofs.newest_of(case_id), file.case.head
    return CaseHistory(
        subject_id=case_id,
        items=[_own(entry) for entry in file.entries],
        head=HeadView(seq=head.seq, hash=head.hash),
        proof=AnchorProof.of(anchored) if anchored else None,
    )


def _own(entry: Entry) -> OwnEntry:
    shown = _SHOWN if entry.actor.startswith(_STAFF) else _SHOWN | {"actor"}
    return OwnEntry(
        seq=entry.seq,
        type=entry.type,
        at=entry.at,
        prev_hash=entry.prev_hash,
        hash=entry.hash,
        commitments=history.commitments(entry),
        shown=[
            ShownFact(name=one.name, value=one.value, salt=one.salt)
            for name, one in sorted(history.openings(entry).items())
            if name in shown
        ],
    )
