"""What the adapters of texts and mail ask, and what they make of every answer."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.settings import SETTINGS, SettingsError, read
from chalicelib.notifications import channels
from chalicelib.notifications.channels import alibaba_sms, tencent_sms
from chalicelib.notifications.channels.alibaba_sms import AlibabaSms
from chalicelib.notifications.channels.base import ChannelUnavailable, NothingSent
from chalicelib.notifications.channels.tencent_sms import TencentSms
from chalicelib.notifications.domain import Arrival, Message, SendResult, Sent
from infra.local.engine import Engine
from tests.notifications.texts import APP, KEY, SIGN, Texts, number, texts_served
from tests.support.clock import MONDAY

NAMES = ["alibaba_sms", "tencent_sms", "ses"]
VALUES = {
    "alibaba_sms": {"text1": "居民身份证换领", "text2": "已受理"},
    "tencent_sms": {"param1": "居民身份证换领", "param2": "已受理"},
    "ses": {"title": "申请已受理", "body": "居民身份证换领"},
}
ARRIVALS = {
    "normal": Arrival.ARRIVED,
    "lies": Arrival.ARRIVED,
    "not_arrived": Arrival.FAILED,
    "dead": Arrival.UNREACHABLE,
    "silent": Arrival.PENDING,
}
REFUSED = {
    "bad_number": SendResult.UNREACHABLE,
    "limited": SendResult.LIMITED,
    "bad_template": SendResult.REFUSED,
}


@pytest.fixture
def texts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    with texts_served(monkeypatch) as found:
        yield found


def message(name: str, to: str = "") -> Message:
    address = to or ("lin@example.com" if name == "ses" else number())
    return Message(address, "SMS_1", "", VALUES[name], "zh-CN", "reference1")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_is_shown_and_reported(texts: Texts, name: str) -> None:
    service: Any = texts.services[name]
    for mode, arrival in ARRIVALS.items():
        texts.mode(name, mode)
        asked = message(name, f"{mode}@example.com" if name == "ses" else "")
        dispatch = service.send(asked, MONDAY)
        assert dispatch.result is SendResult.TAKEN
        is_seen = mode in ("normal", "silent")
        assert [list(one.data.values()) for one in texts.shown(asked.to)] == (
            [list(asked.values.values())] if is_seen else []
        )
        sent = Sent(asked.to, "reference1", dispatch.message_id, MONDAY)
        assert service.arrival(sent, MONDAY) is arrival, mode


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_is_told_from_nothing_sent(
    texts: Texts, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    service, asked = texts.services[name], message(name)
    for mode in ("down", "cut", "garbage"):
        texts.mode(name, mode)
        with pytest.raises(ChannelUnavailable) as raised:
            service.send(asked, MONDAY)
        assert not isinstance(raised.value, NothingSent), mode
    texts.mode(name, "no_money")
    with pytest.raises(NothingSent):
        service.send(asked, MONDAY)
    assert "ERROR" in {record.levelname for record in caplog.records}
    assert asked.to not in caplog.text
    texts.mode(name, "down")
    with pytest.raises(ChannelUnavailable):
        service.arrival(Sent(asked.to, "reference1", "1", MONDAY), MONDAY)


@pytest.mark.parametrize("name", ["alibaba_sms", "tencent_sms"])
def test_refusals_of_sms_say_whose_fault_it_is(
    texts: Texts, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    for mode, result in REFUSED.items():
        texts.mode(name, mode)
        caplog.clear()
        assert texts.services[name].send(message(name), MONDAY).result is result
        alarmed = any(record.levelno >= logging.ERROR for record in caplog.records)
        assert alarmed is (mode == "bad_template")


def test_refusals_of_mail(texts: Texts) -> None:
    for mode in ("bad_number", "bad_template"):
        texts.mode("ses", mode)
        assert texts.services["ses"].send(message("ses"), MONDAY).result is SendResult.REFUSED
    texts.mode("ses", "limited")
    with pytest.raises(NothingSent):
        texts.services["ses"].send(message("ses"), MONDAY)


def test_what_was_sent_without_an_answer_is_found_by_our_reference(texts: Texts) -> None:
    for name in ("alibaba_sms", "tencent_sms"):
        service, asked = texts.services[name], message(name)
        unknown = Sent(asked.to, "reference1", "", MONDAY)
        assert service.arrival(unknown, MONDAY) is Arrival.UNKNOWN
        texts.mode(name, "slow")
        with pytest.raises(ChannelUnavailable):
            service.send(asked, MONDAY)
        texts.mode(name, "normal")
        assert service.arrival(unknown, MONDAY) is Arrival.ARRIVED
        assert service.arrival(replace(unknown, reference="other"), MONDAY) is Arrival.UNKNOWN
    assert texts.services["ses"].arrival(unknown, MONDAY) is Arrival.UNKNOWN


def test_a_wrong_secret_opens_nothing(texts: Texts) -> None:
    wrong = (KEY[0], "wrong")
    alibaba = AlibabaSms(f"{texts.url}/alibaba_sms", wrong, SIGN)
    tencent = TencentSms(f"{texts.url}/tencent_sms", wrong, APP, SIGN)
    for service in (alibaba, tencent):
        with pytest.raises(NothingSent):
            service.send(message(service.name), MONDAY)
    texts.ses._key_secret = "other"
    with pytest.raises(NothingSent):
        texts.services["ses"].send(message("ses"), MONDAY)


def test_signatures_are_those_of_the_vendors_examples() -> None:
    # Alibaba Cloud, "Request syntax and signature method V3": RunInstances at a fixed nonce.
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = alibaba_sms.query_of(
        {
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        }
    )
    found = alibaba_sms.signature_of("/", query, headers, "YourAccessKeySecret")
    assert found == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    # Tencent Cloud's scheme: the date of a signature is that of UTC.
    at = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    signed = tencent_sms.signed("SendSms", tencent_sms.HOST, "{}", KEY, at)
    assert "/2026-03-02/sms/tc3_request, SignedHeaders=content-type;host;x-tc-action" in str(
        signed["Authorization"]
    )


def test_settings_of_texts() -> None:
    assert read({}).sms_provider == ""
    for wrong in (
        {"SMS_PROVIDER": "pigeon"},
        {"SMS_PROVIDER": "alibaba"},
        {"SMS_PROVIDER": "tencent", "SMS_SIGN_NAME": SIGN},
        {"SMS_PROVIDER": "alibaba", "SMS_SIGN_NAME": SIGN, "SMS_HOST": "http://sms.example"},
    ):
        with pytest.raises(SettingsError):
            read(wrong)


def test_a_stage_without_settings_has_no_such_channel(engine: Engine) -> None:
    assert SETTINGS.sms_provider == SETTINGS.mail_sender == ""
    for channel in ("sms", "email"):
        assert channels.text_service(channel) is None
        assert channels.text_template(channel, "case") is None


def test_settings_choose_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    channels.text_service.cache_clear()
    base = replace(SETTINGS, sms_sign_name=SIGN, sms_app_id=APP, mail_sender="a@b.example")
    for provider in ("alibaba", "tencent"):
        monkeypatch.setattr(channels, "SETTINGS", replace(base, sms_provider=provider))
        service = channels.text_service("sms")
        assert service
        assert service.name == f"{provider}_sms"
        template = channels.text_template("sms", "code")
        assert template
        assert template.template_id == f"stand-in-{provider}-code"
        channels.text_service.cache_clear()
    mail = channels.text_service("email")
    assert mail
    assert mail.name == "ses"
    channels.text_service.cache_clear()
