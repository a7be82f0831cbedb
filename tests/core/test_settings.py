from pathlib import Path

import pytest

from chalicelib.core.settings import SettingsError, is_on_this_machine, is_safe, read


def test_without_an_environment_it_is_a_real_stage() -> None:
    settings = read({})
    assert (settings.stage, settings.region) == ("production", "cn-north-1")
    assert not settings.demonstration
    assert not settings.identity_authorities
    assert not settings.allowed_origins
    assert settings.clock_file is settings.secrets_file is None
    assert settings.payment_methods["card", "*"] == "stripe"
    assert (settings.refund_approval_cents, settings.access_token_seconds) == (10_000, 900)
    assert settings.queue("events") == "onetrip-events"


def test_values_are_read_as_they_are_meant() -> None:
    settings = read(
        {
            "DEMONSTRATION": "1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "PUBLIC_URL": "https://hall.example/",
            "ALLOWED_ORIGINS": "https://a.example,,https://b.example",
            "SECRETS_FILE": "/run/secrets.json",
            "COURIER_TRUSTED_ORIGINS": " HTTP://127.0.0.1:9/ ,",
            "PAYMENT_METHODS": "card/*=stripe alipay/web=alipay",
            "TABLE_PREFIX": "blue-",
            "REFUND_APPROVAL_CENTS": "1",
        }
    )
    assert settings.region == "eu-central-1"
    assert settings.public_url == "https://hall.example"
    assert settings.allowed_origins == {"https://a.example", "https://b.example"}
    assert settings.secrets_file == Path("/run/secrets.json")
    assert settings.courier_trusted_origins == {"http://127.0.0.1:9"}
    assert settings.payment_methods == {("card", "*"): "stripe", ("alipay", "web"): "alipay"}
    assert settings.queue("x") == "blue-x"
    assert settings.refund_approval_cents == 1
    assert read({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}).region == "a"


@pytest.mark.parametrize("name", ["REFUND_APPROVAL_CENTS", "ACCESS_TOKEN_SECONDS"])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "9e3", " 9"])
def test_a_number_is_whole_and_above_0(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read({name: value})


@pytest.mark.parametrize("value", ["card", "card/*", "card=stripe", "/web=stripe", "card/web="])
def test_a_method_of_payment_is_written_whole(value: str) -> None:
    with pytest.raises(SettingsError, match="PAYMENT_METHODS"):
        read({"PAYMENT_METHODS": f"alipay/web=alipay {value}"})


@pytest.mark.parametrize(
    ("url", "safe", "here"),
    [
        ("https://api.example", True, False),
        ("http://api.example", False, False),
        ("http://127.0.0.1:8001/x", True, True),
        ("http://localhost", True, True),
        ("http://[::1]:9", True, True),
        ("http://127.0.0.1.evil.example", False, False),
        ("http://127.0.0.1@evil.example", False, False),
        ("ftp://api.example", False, False),
    ],
)
def test_an_address_is_safe_by_tls_or_on_this_machine(url: str, *, safe: bool, here: bool) -> None:
    assert (is_safe(url), is_on_this_machine(url)) == (safe, here)
