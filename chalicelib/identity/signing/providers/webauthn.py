"""Authenticators in browsers: Web Authentication level 2 (W3C), verified by py_webauthn.

The relying party is the host of the page's origin, which must be one of the settings'. An
authenticator must verify its user, by a PIN or a biometric of its own: to hold it is not enough.
No attestation is asked for: which maker's it is makes no difference, and would tell more than is
needed.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from chalicelib.core import foreign_json
from chalicelib.core.settings import SETTINGS

_TIMEOUT_MS: Final = 120_000
_NAME: Final = "OneTrip"


class NotVerifiedError(Exception):
    """What came is not what an authenticator of this person answers on one of our pages."""


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser says it was asked: the challenge, on the page of which origin."""

    challenge: str
    origin: str

    @property
    def host(self) -> str:
        """Return the relying party's id."""
        return urlsplit(self.origin).hostname or ""


def ceremony_of(credential: Mapping[str, Any]) -> Ceremony:
    """Return what was asked of a browser on one of our pages; raises NotVerifiedError."""
    try:
        client_data = foreign_json.read(
            base64url_to_bytes(credential["response"]["clientDataJSON"])
        )
        challenge = base64url_to_bytes(client_data["challenge"]).decode("ascii")
        ceremony = Ceremony(challenge, str(client_data["origin"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotVerifiedError from error
    if ceremony.origin not in _origins():
        raise NotVerifiedError
    return ceremony


def host_of(origin: str | None) -> str:
    """Return the relying party's id for a page; of one that is not ours, that of the product."""
    known = origin if origin in _origins() else SETTINGS.public_url
    return urlsplit(known or "").hostname or ""


def creation_options(
    host: str, user: tuple[str, str], challenge: str, known: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return PublicKeyCredentialCreationOptionsJSON; `user` is an id and a name."""
    options = generate_registration_options(
        rp_id=host,
        rp_name=_NAME,
        user_id=user[0].encode(),
        user_name=user[1],
        challenge=challenge.encode(),
        timeout=_TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return cast("dict[str, Any]", json.loads(options_to_json(options)))


def request_options(
    host: str, challenge: str, known: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return PublicKeyCredentialRequestOptionsJSON for what was registered on a host."""
    options = generate_authentication_options(
        rp_id=host,
        challenge=challenge.encode(),
        timeout=_TIMEOUT_MS,
        allow_credentials=_descriptors(one for one in known if one["host"] == host),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return cast("dict[str, Any]", json.loads(options_to_json(options)))


def registered(credential: Mapping[str, Any], ceremony: Ceremony) -> dict[str, str | int]:
    """Return what a new credential is verified by from now on; raises NotVerifiedError."""
    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=ceremony.challenge.encode(),
            expected_rp_id=ceremony.host,
            expected_origin=ceremony.origin,
            require_user_verification=True,
        )
    except Exception as error:  # The library reads what anybody sent.
        raise NotVerifiedError from error
    return {
        "credential": bytes_to_base64url(made.credential_id),
        "key": base64.b64encode(made.credential_public_key).decode(),
        "count": made.sign_count,
        "host": ceremony.host,
    }


def verified(credential: Mapping[str, Any], ceremony: Ceremony, secret: Mapping[str, Any]) -> int:
    """Return the authenticator's counter of signatures; raises NotVerifiedError."""
    if ceremony.host != secret["host"]:
        raise NotVerifiedError
    try:
        done = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=ceremony.challenge.encode(),
            expected_rp_id=str(secret["host"]),
            expected_origin=ceremony.origin,
            credential_public_key=base64.b64decode(secret["key"]),
            credential_current_sign_count=int(secret["count"]),
            require_user_verification=True,
        )
    except Exception as error:  # The library reads what anybody sent.
        raise NotVerifiedError from error
    return done.new_sign_count


def _origins() -> frozenset[str]:
    own = urlsplit(SETTINGS.public_url)
    return SETTINGS.allowed_origins | {f"{own.scheme}://{own.netloc}"}


def _descriptors(known: Any) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one["credential"])) for one in known
    ]
