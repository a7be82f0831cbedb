"""The routes of auditors: one thing's history, and whether it is whole."""

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core import audit, auth, dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.errors import NotFound
from chalicelib.core.history import Reason
from chalicelib.core.http_messages import BodyModel, HeadView, QueryModel, Request
from chalicelib.core.plugins import registered
from chalicelib.core.routes import Routes

routes: Final = Routes("admin_audit")
_REASON: Final = "audit"


class VerifyQuery(QueryModel):
    """Against what a history is verified."""

    anchor: bool = False


class EntryView(BodyModel):
    """One change; `hash` covers all other fields and, by `prev_hash`, all that came before."""

    subject: str
    seq: int
    type: str
    at: str
    actor: str
    data: dict[str, str]
    prev_hash: str
    hash: str
    salt: str = ""


class InclusionView(BodyModel):
    """That the chain's end at `seq` is a leaf of a day's anchor, by its audit path."""

    date: str
    seq: int
    hash: str
    index: int
    path: list[str]


class HistoryView(BodyModel):
    """A history; `proof` is a JWT by one of the published keys over subject, seq and hash."""

    subject_id: str
    items: list[EntryView]
    head: HeadView
    proof: str
    anchors: list[InclusionView]


class Verdict(BodyModel):
    """Whether a history is whole; if not, where it breaks first and how."""

    whole: bool
    entries: int
    first_bad_seq: int | None = None
    reason: Reason | None = None


@routes.get(
    "/v1/admin/audit/{subject_id}", auth=auth.staff("auditor", "admin"), response=HistoryView
)
def history(request: Request[QueryModel], subject_id: str) -> HistoryView:
    """Show every change of one thing, to be verified here or offline; a citizen sees the look.

    A case is found by the number on its receipt too.
    """
    subject_id = audit.subject_of(subject_id)
    kept = _of_own_hall(request.staff, subject_id)
    if kept.citizen_id:
        for listener in registered("ACCESS_LOGS"):
            what = f"history:{subject_id}"
            listener(kept.citizen_id, request.staff, _REASON, what, request.now)
    return HistoryView.model_validate(audit.exported(subject_id, kept, _sign))


@routes.get(
    "/v1/admin/audit/{subject_id}/verify",
    auth=auth.staff("auditor", "admin"),
    body=VerifyQuery,
    response=Verdict,
)
def verify(request: Request[VerifyQuery], subject_id: str) -> Verdict:
    """Find an entry that was altered, left out, swapped or added.

    With `anchor`, also whether the chain was rewritten with its end: what was anchored must stand.
    """
    subject_id = audit.subject_of(subject_id)
    kept = _of_own_hall(request.staff, subject_id)
    finding = audit.verify(subject_id, kept)
    if finding:
        # A change may have come between the two reads.
        kept = _of_own_hall(request.staff, subject_id)
        finding = audit.verify(subject_id, kept)
    if request.input.anchor and not finding:
        finding = audit.verify_anchored(subject_id, kept)
    return Verdict(
        whole=finding is None,
        entries=len(kept.entries),
        first_bad_seq=finding.seq if finding else None,
        reason=finding.reason if finding else None,
    )


def _of_own_hall(staff: Staff, subject_id: str) -> audit.SubjectHistory:
    kept = audit.find(subject_id)
    if kept is None or not audit.may_see(staff.office_ids, kept):
        raise NotFound
    return kept


def _sign(claims: Mapping[str, Any]) -> str:
    import jwt  # noqa: PLC0415 - cold start.

    key = dependencies.token_keys().signing
    header = {"kid": key.kid, "typ": audit.PROOF_TYPE}
    return jwt.encode(dict(claims), key.private, "EdDSA", header)
