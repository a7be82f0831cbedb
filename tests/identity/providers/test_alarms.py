"""What the log hears of the platforms: our own faults as errors, and never a secret."""

import logging
import traceback
from collections.abc import Callable

import pytest

from chalicelib.core.ids import new_id
from chalicelib.core.logs import JsonLines
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.providers.base import LoginProvider
from tests.identity.providers.scripted import NODE, Kept, Script, alipay, wechat
from tests.support.client import ApiClient

WRONG_APP = f'{{"{NODE}":{{"code":"40002","sub_code":"isv.invalid-app-id"}}}}'
THEIR_FAULT = '{"error_response":{"code":"20000","sub_code":"isp.unknow-error"}}'


@pytest.mark.parametrize(
    ("provider", "body", "level", "vendor_code"),
    [
        (wechat, '{"errcode":40013,"errmsg":"invalid appid"}', logging.ERROR, 40013),
        (wechat, '{"errcode":40125,"errmsg":"invalid appsecret"}', logging.ERROR, 40125),
        (wechat, '{"errcode":99999,"errmsg":"new"}', logging.ERROR, 99999),
        (wechat, '{"errcode":-1,"errmsg":"system error"}', logging.WARNING, -1),
        (wechat, "busy", logging.WARNING, None),
        (alipay, WRONG_APP, logging.ERROR, "isv.invalid-app-id"),
        (alipay, THEIR_FAULT, logging.WARNING, "isp.unknow-error"),
        (alipay, "busy", logging.WARNING, None),
    ],
)
def test_only_our_own_faults_raise_the_alarm(
    script: Script,
    log: Kept,
    provider: Callable[[Script], LoginProvider],
    body: str,
    level: int,
    vendor_code: object,
) -> None:
    script.body = body.encode()
    with pytest.raises(ProviderUnavailable):
        provider(script).exchange("code")
    records = [record for record in log.records if record.name == "onetrip.identity"]
    seen = [(record.levelno, vars(record).get("vendor_code")) for record in records]
    assert seen == [(level, vendor_code)]


@pytest.mark.parametrize("body", [b'{"errcode":40125}', b'{"session_key":"hush"}', b'"hush', b""])
def test_neither_secret_nor_session_key_is_told(script: Script, log: Kept, body: bytes) -> None:
    script.body, code = body, new_id(16)
    with pytest.raises(ProviderUnavailable) as caught:
        wechat(script).exchange(code)
    assert script.asked[0][1]["js_code"] == code
    said = "".join(traceback.format_exception(caught.value))
    said += "".join(repr(vars(record)) for record in log.records)
    assert log.records
    assert not [word for word in ("app-secret", "hush", code) if word in said]


def test_an_alarm_is_written_as_json_from_the_first_request_on(client: ApiClient) -> None:
    assert client.get("/v1/health").status == 200
    handlers = logging.getLogger("onetrip").handlers
    ours = [handler for handler in handlers if isinstance(handler.formatter, JsonLines)]
    plain = [handler for handler in handlers if type(handler) is logging.StreamHandler]
    assert len(ours) == 1
    assert plain == ours
