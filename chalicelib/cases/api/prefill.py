"""The route of what an application need not ask again."""

from typing import Any, Final

from chalicelib.cases.domain.prefill import Known, Source
from chalicelib.cases.service import prefill as known_already
from chalicelib.core import auth
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ConsentRequired

routes: Final = Routes("cases")


class PrefillQuery(QueryModel):
    """For whom of the family it is; for oneself without."""

    for_member: Id | None = None


class PrefilledField(BodyModel):
    """A value that is known, where from, since which day, and whether it may be changed."""

    value: Any
    source: Source
    as_of: str
    editable: bool


class KnownUpload(BodyModel):
    """A file that was given before."""

    upload_id: str


class KnownCertificate(BodyModel):
    """A certificate of one's own that stands for the paper."""

    certificate_id: str


class KnownLookup(BodyModel):
    """A look-up of this service that its register confirmed."""

    lookup_id: str


class AskableRegister(BodyModel):
    """A register that can be asked with one's consent."""

    register_id: str


class PrefillView(BodyModel):
    """What is known of an application: `filled` of the `asked` fields, and papers not asked for."""

    form: dict[str, PrefilledField]
    materials: dict[str, KnownUpload | KnownCertificate | KnownLookup | AskableRegister]
    asked: int
    filled: int


@routes.get(
    "/v1/services/{service_id}/prefill",
    auth=auth.citizen,
    body=PrefillQuery,
    response=PrefillView,
    errors=[NotFound, ConsentRequired],
)
def prefill(request: Request[PrefillQuery], service_id: str) -> PrefillView:
    """Tell what is known for an application already, so that it need not be asked again."""
    member_id = request.input.for_member
    known = known_already.prefill(request.citizen, service_id, member_id, request.now)
    files = {one: KnownUpload(upload_id=id_) for one, id_ in known.uploads.items()}
    certificates = {
        one: KnownCertificate(certificate_id=id_) for one, id_ in known.certificates.items()
    }
    return PrefillView(
        form={name: _field(one) for name, one in known.form.items()},
        materials={
            **files,
            **certificates,
            **{one: KnownLookup(lookup_id=id_) for one, id_ in known.lookups.items()},
            **{one: AskableRegister(register_id=id_) for one, id_ in known.registers.items()},
        },
        asked=known.asked,
        filled=len(known.form),
    )


def _field(known: Known) -> PrefilledField:
    return PrefilledField(
        value=known.value,
        source=known.source,
        as_of=known.as_of.isoformat(),
        editable=known.editable,
    )
