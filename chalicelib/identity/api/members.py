"""The routes of the family."""

from datetime import datetime
from typing import Final

from chalicelib.core import auth
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.http_messages import (
    BodyModel,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document, DocumentType, document_of
from chalicelib.core.person import Named
from chalicelib.core.routes import Routes
from chalicelib.identity import domain
from chalicelib.identity.domain import Member, MemberDetails, MemberStatus, Relation
from chalicelib.identity.service import members

routes: Final = Routes("identity")


_PARENTS_ONLY: Final = FieldError(
    "/relation",
    "parents_only",
    Text(
        "出生医学证明只能由父母为新生儿使用", "Only parents name a newborn by a birth certificate"
    ),
)


class NewMember(Named):
    """Someone to act for; a newborn without a number is named by a birth certificate."""

    document_type: DocumentType | None = None
    relation: Relation


class MemberView(BodyModel):
    """Someone to act for; the number is masked, and the name whole, so that siblings differ.

    `offered`: one may book for the person, on one's own account; all else needs their consent.
    """

    member_id: str
    name: str
    document_type: DocumentType
    id_number: str
    relation: Relation
    status: MemberStatus


class MemberList(WholeList):
    """The family; at most eight, so always one page."""

    items: list[MemberView]


@routes.get("/v1/me/family", auth=auth.citizen, response=MemberList)
def family(request: Request[QueryModel]) -> MemberList:
    """List the people one may act for."""
    members_in_clear = members.family(request.citizen.citizen_id)
    items = [_member(m, c["name"], document_of(c), request.now) for m, c in members_in_clear]
    return MemberList(items=items)


@routes.post(
    "/v1/me/family",
    auth=auth.citizen,
    body=NewMember,
    response=MemberView,
    status=201,
    errors=[domain.FamilyFull, domain.AlreadyFamily],
    idempotent=True,
)
def add_member(request: Request[NewMember]) -> Response:
    """Add someone to act for."""
    body, citizen_id = request.input, request.citizen.citizen_id
    if body.document_type == "birth_certificate" and body.relation != "child":
        raise InvalidRequest(errors=[_PARENTS_ONLY])
    document = body.read(body.document_type, request.now)
    details = MemberDetails(body.name, document, body.relation)
    member, again = members.add_member(citizen_id, details, request.attempt, request.now)
    view = _member(member, body.name, details.document, request.now)
    return replayed(view, again=again)


@routes.delete(
    "/v1/me/family/{member_id}", auth=auth.citizen, status=204, errors=[domain.MemberInUse]
)
def remove_member(request: Request[QueryModel], member_id: str) -> Response:
    """Take someone off the family."""
    members.remove_member(request.citizen.citizen_id, member_id, request.now)
    return Response(None)


def _member(member: Member, name: str, document: Document, now: datetime) -> MemberView:
    return MemberView(
        member_id=member.member_id,
        name=name,
        document_type=document.document_type,
        id_number=document.masked,
        relation=member.relation,
        status=member.status(now),
    )
