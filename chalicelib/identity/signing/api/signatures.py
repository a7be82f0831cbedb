"""The route by which one signs what was shown."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field, JsonValue

from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import RecentlyJoined, TooManyRequests
from chalicelib.core.http_messages import BodyModel, Id, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.signing.api.authenticators import Credential
from chalicelib.identity.signing.api.factors import Pin
from chalicelib.identity.signing.domain import Act, FactorKind, FactorLocked
from chalicelib.identity.signing.service import signatures
from chalicelib.identity.signing.service.soter import Given

routes: Final = Routes("signing")


class Shown(BodyModel):
    """What was shown, exactly as the 403 `signature_required` gave it."""

    act: Act
    subject: Id | None = None
    content: Annotated[dict[str, JsonValue], Field(min_length=1, max_length=20)]


class SoterGiven(BodyModel):
    """What `wx.startSoterAuthentication` gave: `resultJSON` and `resultJSONSignature`, as is."""

    result_json: Annotated[str, Field(min_length=2, max_length=4000)]
    result_json_signature: Annotated[str, Field(min_length=1, max_length=4000)]

    def given(self) -> Given:
        """Return it as it is verified."""
        return Given(self.result_json, self.result_json_signature)


class ToSign(Shown):
    """What was shown, and by what one signs it: the PIN, or what passkey or phone answered."""

    factor: FactorKind
    pin: Pin | None = None
    assertion: Credential | None = None
    soter: SoterGiven | None = None


class RequestOptions(BodyModel):
    """PublicKeyCredentialRequestOptionsJSON, for `navigator.credentials.get`."""

    challenge: str
    timeout: int
    rpId: str  # noqa: N815 - as the standard has it.
    allowCredentials: list[dict[str, JsonValue]]  # noqa: N815 - as above.
    userVerification: str  # noqa: N815 - as above.


class SignatureView(BodyModel):
    """A signature, to be given with the act; its digest is of the content (RFC 8785, SHA-256)."""

    signature: str
    digest: str
    expires_at: str


@routes.post(
    "/v1/me/signatures",
    auth=auth.trusted,
    body=ToSign,
    response=SignatureView,
    status=201,
    errors=[RecentlyJoined, TooManyRequests, FactorLocked, ProviderUnavailable],
    idempotent=True,
)
def sign(request: Request[ToSign]) -> Response:
    """Sign what was shown; good for five minutes, once, for this act and content alone."""
    body = request.input
    asked = asked_of(body, body.factor, request.source)
    given = body.soter.given() if body.soter else None
    asked = replace(asked, pin=body.pin, assertion=body.assertion, soter=given)
    signature, again = signatures.sign(request.citizen, asked, request.attempt, request.now)
    view = SignatureView(
        signature=signature.token,
        digest=signature.digest,
        expires_at=rfc3339(signature.expires_at),
    )
    return replayed(view, again=again)


@routes.post(
    "/v1/me/signatures/options",
    auth=auth.trusted,
    body=Shown,
    response=RequestOptions,
    errors=[RecentlyJoined],
)
def request_options(request: Request[Shown]) -> RequestOptions:
    """Return what a passkey is asked to sign this content by; good for five minutes, once."""
    body, origin = request.input, request.headers.get("origin")
    asked = asked_of(body, "webauthn", request.source)
    options = signatures.request_options(request.citizen, asked, origin, request.now)
    return RequestOptions(**{name: options[name] for name in RequestOptions.model_fields})


def asked_of(shown: Shown, factor: FactorKind, source: str) -> signatures.Asked:
    """Return what was shown, to be signed by a factor."""
    return signatures.Asked(shown.act, shown.subject, shown.content, factor, None, source)
