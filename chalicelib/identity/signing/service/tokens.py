"""Signatures as JWS (RFC 7515) by EdDSA, which anybody verifies by `GET /v1/keys`."""

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core import dependencies
from chalicelib.core.tokens import ISSUER
from chalicelib.identity.signing.domain import SignatureInvalid

# Says that it is no access token and no presentation.
TYPE: Final = "onetrip-signature+jwt"


def issue(claims: Mapping[str, Any]) -> str:
    """Return what the house says that a citizen signed."""
    import jwt  # noqa: PLC0415 - cold start.

    key = dependencies.certificate_keys().signing
    return jwt.encode(
        {"iss": ISSUER, **claims}, key.private, "EdDSA", {"kid": key.kid, "typ": TYPE}
    )


def read(token: str) -> Mapping[str, Any]:
    """Return what a token says; raises SignatureInvalid for what is not the house's.

    Whether it is still good is for the product's clock to say.
    """
    import jwt  # noqa: PLC0415 - cold start.

    try:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        key = dependencies.certificate_keys().get(kid) if isinstance(kid, str) else None
        if key is None or header.get("typ") != TYPE:
            raise SignatureInvalid.because("unknown")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=["EdDSA"],
            issuer=ISSUER,
            options={
                "require": ["sub", "jti"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise SignatureInvalid.because("unknown") from error
    return claims
