"""The published status lists, signed: by them others verify without asking us each time."""

from datetime import datetime
from typing import Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain.status_list import BITS, TIME_TO_LIVE, encoded
from chalicelib.certificates.service.presenting import status_list_uri
from chalicelib.core import dependencies

TYPE: Final = "statuslist+jwt"
MEDIA: Final = "application/statuslist+jwt"
_DAY: Final = 86_400


def signed(list_id: int, now: datetime) -> str:
    """Return a list as a signed JWT (draft-ietf-oauth-status-list, 5.1)."""
    import jwt  # noqa: PLC0415 - cold start.

    at, key = int(now.timestamp()), dependencies.certificate_keys().signing
    claims = {
        "sub": status_list_uri(list_id),
        "iat": at,
        "exp": at + _DAY,
        "ttl": TIME_TO_LIVE,
        "status_list": {"bits": BITS, "lst": encoded(storage.load_statuses(list_id))},
    }
    return jwt.encode(claims, key.private, "EdDSA", {"kid": key.kid, "typ": TYPE})
