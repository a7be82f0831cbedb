"""Alipay's own real-name result: `alipay.user.info.share`, with the scope `auth_user`.

The person agrees on the phone, which gets a code; for it Alipay tells who its user is.

| answer | means | we answer |
|---|---|---|
| is_certified is not T | a user whom Alipay does not know by name | not confirmed |
| user_name, cert_no and cert_type are those given | this person | confirmed |
| they are others | another person | not confirmed |
| isv.code-invalid, isv.code-is-used, another account's code | no agreement | 422 `/platform_code` |
| isp.*, aop.* | their trouble | provider_unavailable |
| any other, or the fields are missing | our app lacks the right to them | the same, and an alarm |

cert_type: 0 resident identity card, 1 passport, 4 and 11 travel permits of Hong Kong and Macao
people, 8 and 12 those of Taiwan people. It was written by Alipay's reference of the method and
never ran against Alipay: names and numbers are given to apps that contracted for them.
"""

import logging
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.core import http_client
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.id_documents import DocumentType
from chalicelib.core.text import NotPlainError, read_code, read_name
from chalicelib.identity.domain import PlatformCodeRefused, Proof, ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim

_LOG: Final = logging.getLogger("onetrip.identity")
_BAD_CODE: Final = ("isv.code-invalid", "isv.code-is-used")
_THEIRS: Final = ("isp.", "aop.")
_CERT_TYPES: Final[Mapping[DocumentType, tuple[str, ...]]] = {
    "resident_id": ("0",),
    "passport": ("1",),
    "hk_macao_travel_permit": ("4", "11"),
    "taiwan_travel_permit": ("8", "12"),
}


class AlipayRealName:
    """Asks Alipay who its user is."""

    proof: Proof = "platform"
    document_types: Container[DocumentType] = frozenset(_CERT_TYPES)

    def __init__(self, client: AlipayClient, seconds: float = 4) -> None:
        """`seconds` is how long Alipay may take for each answer."""
        self._client = client
        self._seconds = seconds

    def confirm(self, claim: IdentityClaim) -> bool:
        """Ask Alipay; raises PlatformCodeRefused or ProviderUnavailable."""
        fields = {"grant_type": "authorization_code", "code": claim.code}
        token = self._call("alipay.system.oauth.token", fields)
        if claim.account not in (token.get("user_id"), token.get("open_id")):
            raise PlatformCodeRefused
        node = self._call("alipay.user.info.share", {"auth_token": str(token.get("access_token"))})
        if node.get("is_certified") == "F":
            return False
        told = [node.get(name) for name in ("user_name", "cert_no", "cert_type")]
        if node.get("is_certified") != "T" or not all(isinstance(one, str) for one in told):
            self._unavailable(None)
        return self._is_claimed(claim, *map(str, told))

    def _is_claimed(self, claim: IdentityClaim, name: str, number: str, kind: str) -> bool:
        try:
            same_name = read_name(name) == claim.name
        except NotPlainError:
            same_name = False
        document = claim.document
        same_number = read_code(number) == document.number
        return same_name and same_number and kind in _CERT_TYPES[document.document_type]

    def _call(self, method: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            # Alipay compares this time with its own clock, not with the product's.
            node = self._client.call(method, fields, datetime.now(UTC), self._seconds)
        except http_client.RequestError as error:
            _LOG.warning("identity_authority_unanswered", extra={"provider": "alipay"})
            raise ProviderUnavailable(retry_after=5) from error
        sub_code = node.get("sub_code")
        if sub_code in _BAD_CODE:
            raise PlatformCodeRefused
        if sub_code is not None:
            self._unavailable(sub_code)
        return node

    def _unavailable(self, sub_code: object) -> None:
        theirs = str(sub_code).startswith(_THEIRS)
        facts = {"vendor_code": sub_code if isinstance(sub_code, str) else None}
        level = logging.WARNING if theirs else logging.ERROR
        _LOG.log(level, "identity_authority_refused", extra={"provider": "alipay", **facts})
        raise ProviderUnavailable(retry_after=5)
