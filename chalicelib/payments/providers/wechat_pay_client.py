"""WeChat Pay's API v3 as one merchant: signed requests, and what their answers mean."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from chalicelib.payments.providers.base import NotGenuine, NotNow, Refused, Unanswered

_LOG: Final = logging.getLogger("onetrip.payments")
_NAME: Final = "wechat_pay"
_OK: Final = 200
_NO_CONTENT: Final = 204
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500
# Only these are about the business: others say who may not ask, how we asked, or how often.
_BUSINESS: Final = frozenset({400, _NOT_FOUND})
# Which merchant or app we are is our own to mend, whatever the status (API v3, common error codes).
_OWN_FAULT: Final = frozenset({"APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "NO_AUTH", "SIGN_ERROR"})
# Of the rest of 403 only these are about this one payment.
_FOR_GOOD: Final = frozenset({"USER_ACCOUNT_ABNORMAL", "TRADE_ERROR", "RULELIMIT"})
_UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are: merchant number, app, certificate's serial number, key, and the v3 key."""

    merchant_id: str
    app_id: str
    serial: str
    private_pem: str
    v3_key: str


class WechatPayClient:
    """Sends requests, and opens callbacks by the platform's key that they name."""

    def __init__(
        self,
        host: str,
        merchant: Merchant,
        public_keys: Mapping[str, str],
        notify_url: str,
        seconds: float,
    ) -> None:
        """`public_keys` are the platform's, by their id, the present one first."""
        if not all((merchant.v3_key, merchant.private_pem, public_keys, *public_keys.values())):
            raise ValueError("an empty secret could be forged")
        self._host = host
        self._merchant = merchant
        self._public_keys = dict(public_keys)
        self._notify_url = notify_url
        self._seconds = seconds

    def ask(self, verb: str, **given: Any) -> Mapping[str, Any]:
        """Return the object that a request is answered with; raises as `raw`."""
        text = self.raw(verb, **given)
        try:
            answer = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            raise Unanswered from error
        if not isinstance(answer, dict):
            raise Unanswered
        return answer

    def raw(self, verb: str, **given: Any) -> bytes | str:
        """Return the body that a request is answered with; raises Unanswered, NotNow or Refused.

        What is not there is refused as `not_found`.
        """
        try:
            status, text = getattr(self._sdk, verb)(**given)
        except Exception as error:  # The library raises nothing narrower.
            _LOG.warning("provider_unanswered", extra={"provider": _NAME})
            raise Unanswered from error
        if status in (_OK, _NO_CONTENT):
            return text if isinstance(text, bytes) else str(text)
        code = _code(text)
        facts = {"provider": _NAME, "vendor_code": code}
        if status >= _SERVER_ERROR or code == _UNREADABLE:
            _LOG.warning("provider_unanswered", extra=facts)
            raise Unanswered
        if code in _OWN_FAULT or (status not in _BUSINESS and code not in _FOR_GOOD):
            _LOG.warning("provider_not_now", extra=facts)
            raise NotNow(code)
        raise Refused("not_found" if status == _NOT_FOUND else code)

    def sign(self, *parts: str) -> str:
        """Return our signature over what the phone passes on."""
        return str(self._sdk.sign([self._merchant.app_id, *parts]))

    def open_callback(self, headers: Mapping[str, str], body: bytes) -> object:
        """Verify a callback's signature and open its resource; raises NotGenuine."""
        # The library asks the platform for certificates when it does not know the key.
        sdk = self._sdks.get(headers.get("wechatpay-serial", ""))
        if sdk is None:
            raise NotGenuine
        try:
            event: object = sdk.callback(dict(headers), body)
        except Exception as error:  # The library raises nothing narrower.
            raise NotGenuine from error
        return event

    @property
    def _sdk(self) -> Any:
        return next(iter(self._sdks.values()))

    @cached_property
    def _sdks(self) -> Mapping[str, Any]:
        from wechatpayv3 import (  # type: ignore[import-untyped] # noqa: PLC0415 - cold start.
            WeChatPay,
            WeChatPayType,
        )

        sdks = {}
        for key_id, public_pem in self._public_keys.items():
            sdk = WeChatPay(
                wechatpay_type=WeChatPayType.MINIPROG,
                mchid=self._merchant.merchant_id,
                private_key=self._merchant.private_pem,
                cert_serial_no=self._merchant.serial,
                appid=self._merchant.app_id,
                apiv3_key=self._merchant.v3_key,
                notify_url=self._notify_url,
                timeout=(2, self._seconds),
                public_key=public_pem,
                public_key_id=key_id,
            )
            # The library has no setting for the host.
            sdk._core._gate_way = self._host  # noqa: SLF001
            sdks[key_id] = sdk
        return sdks


def _code(text: bytes | str) -> str:
    try:
        return str(json.loads(text)["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return _UNREADABLE
