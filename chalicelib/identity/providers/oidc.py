"""Staff who are known to the city's own directory, by OpenID Connect.

A token is checked as OpenID Connect Core 1.0, 3.1.3.7 asks: signed by a key that the issuer
publishes (Discovery 1.0, RFC 7517), made for us, and fresh. Whoever it names must have an account
here: roles and halls are ours to give.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from chalicelib.core import http_client
from chalicelib.identity.domain import InvalidIdToken, ProviderUnavailable
from chalicelib.identity.providers.base import DirectoryToken

# A key of the issuer says which of these it is for; a shared secret is none of them.
_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_LEEWAY: Final = timedelta(seconds=60)
# A token that was found in an old log opens nothing.
_FRESH_FOR: Final = timedelta(minutes=10)
_SECONDS: Final = 4.0
_RETRY_AFTER: Final = 5
_CLAIMS: Final = ("iss", "aud", "sub", "iat", "exp")


class Oidc:
    """One issuer, whose published keys are remembered for some minutes."""

    def __init__(self, issuer: str, audience: str, username_claim: str) -> None:
        """`audience` is our client id there; `username_claim` names the user of our account."""
        self._issuer = issuer
        self._audience = audience
        self._username_claim = username_claim
        self._keys: jwt.PyJWKClient | None = None

    def read(self, id_token: str, now: datetime) -> DirectoryToken:
        """Return whom a token names; raises InvalidIdToken or ProviderUnavailable."""
        claims = self._claims(id_token)
        audiences = claims["aud"]
        shared = isinstance(audiences, list) and len(audiences) > 1
        # A token for several must say that it was given to us.
        if shared and claims.get("azp") != self._audience:
            raise InvalidIdToken
        if not _is_fresh(claims, now):
            raise InvalidIdToken
        name = claims.get(self._username_claim)
        if not isinstance(name, str) or not name:
            raise InvalidIdToken
        return DirectoryToken(name, datetime.fromtimestamp(claims["iat"], UTC))

    def _claims(self, id_token: str) -> Mapping[str, Any]:
        try:
            key = self._published().get_signing_key_from_jwt(id_token)
            if key.algorithm_name not in _ALGORITHMS:
                raise InvalidIdToken
            return jwt.decode(
                id_token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                # The product's clock decides, and it may not be the machine's.
                options={
                    "require": list(_CLAIMS),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
            raise ProviderUnavailable(retry_after=_RETRY_AFTER) from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise InvalidIdToken from error

    def _published(self) -> jwt.PyJWKClient:
        if self._keys is None:
            self._keys = jwt.PyJWKClient(self._discovered(), timeout=_SECONDS)
        return self._keys

    def _discovered(self) -> str:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            document = http_client.json_object(http_client.get(address, {}, _SECONDS))
        except http_client.RequestError as error:
            raise ProviderUnavailable(retry_after=_RETRY_AFTER) from error
        jwks_uri = str(document.get("jwks_uri"))
        as_safe = urlsplit(jwks_uri).scheme == urlsplit(self._issuer).scheme
        if document.get("issuer") != self._issuer or not as_safe:
            raise ProviderUnavailable(retry_after=_RETRY_AFTER)
        return jwks_uri


def _is_fresh(claims: Mapping[str, Any], now: datetime) -> bool:
    issued, expires = claims["iat"], claims["exp"]
    begins = claims.get("nbf", issued)
    if not all(isinstance(moment, int) for moment in (issued, expires, begins)):
        return False
    earliest, latest = (now - _FRESH_FOR).timestamp(), (now + _LEEWAY).timestamp()
    is_young = earliest <= issued <= latest and begins <= latest
    return is_young and bool(expires > (now - _LEEWAY).timestamp())
