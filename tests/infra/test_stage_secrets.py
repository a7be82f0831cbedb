"""A stage's secret: what may come from outside, and two operators who write it at once."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from infra.commands import CommandError
from infra.local import secrets as fresh
from infra.local.engine import Engine
from infra.stage_secrets import GIVEN, OLD, OURS, StageSecret, check_given

ROOT: Final = Path(__file__).parent.parent.parent
# On one machine alone; in the cloud KMS holds the two keys.
OF_ONE_MACHINE: Final = {"master_key", "audit_key"}
_ASKED: Final = re.compile(r"(?:dependencies\.secret|_with_old)\(\"(\w+)\"\)")


def test_what_the_code_asks_for_may_be_given_or_is_made() -> None:
    code = "".join(file.read_text() for file in (ROOT / "chalicelib").rglob("*.py"))
    asked = set(_ASKED.findall(code))
    assert asked - OF_ONE_MACHINE == {one for one in GIVEN if not one.endswith(OLD)}
    stood_in = {name for name in fresh.make() if not name.startswith("stand_in_")}
    assert stood_in - OF_ONE_MACHINE - {*OURS} <= GIVEN


def test_the_page_of_deploying_has_each_name() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    assert not {name for name in GIVEN if f"`{name.removesuffix(OLD)}`" not in page}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([1], "is not one JSON object"),
        ({"token_keys": "oops"}, "has token_keys, which the command makes and turns"),
        ({"wechat_secrte": "x", "sms_key_id": "y"}, "has wechat_secrte, which nobody reads"),
        ({"wechat_secret": 7}, "has no text for wechat_secret"),
    ],
)
def test_a_file_that_would_shut_somebody_out_is_refused(given: object, why: str) -> None:
    with pytest.raises(CommandError, match=f"file.json {why}"):
        check_given(given, "file.json")


def test_what_platforms_give_is_taken_also_to_end_a_rotation() -> None:
    given = {"stripe_webhook_secret": "new", "stripe_webhook_secret_old": ""}
    assert check_given(given, "file.json") == given


@pytest.fixture
def manager(engine: Engine) -> Iterator[Any]:
    """A client of the engine's Secrets Manager, which takes one text under a token as AWS does."""
    client: Any = botocore.session.get_session().create_client("secretsmanager")
    written: dict[str, str] = {}

    def under_token(params: dict[str, Any], **_: object) -> None:
        token, text = params["ClientRequestToken"], params["SecretString"]
        if written.setdefault(token, text) != text:
            raise client.exceptions.ResourceExistsException({"Error": {}}, "PutSecretValue")

    client.meta.events.register("provide-client-params.secrets-manager.PutSecretValue", under_token)
    yield client
    client.close()


@pytest.fixture
def name(manager: Any) -> str:
    """The name of a secret that is made and empty."""
    made = f"onetrip-{secrets.token_hex(6)}-secrets"
    manager.create_secret(Name=made)
    return made


def test_the_second_of_two_operators_writes_nothing(manager: Any, name: str) -> None:
    anna, bo = StageSecret(manager, name), StageSecret(manager, name)
    assert anna.read() == bo.read() == {}
    anna.write({"cursor_key": "anna's"})
    with pytest.raises(CommandError, match="somebody else wrote the secret meanwhile"):
        bo.write({"cursor_key": "bo's"})
    assert bo.read() == {"cursor_key": "anna's"}
    bo.write({"cursor_key": "anna's", "sms_key_id": "bo's"})
    assert anna.read() == {"cursor_key": "anna's", "sms_key_id": "bo's"}


def test_after_a_former_version_was_put_back_it_can_be_written(manager: Any, name: str) -> None:
    secret = StageSecret(manager, name)
    ids = []
    for text in ("first", "second"):
        secret.read()
        secret.write({"cursor_key": text})
        ids.append(manager.get_secret_value(SecretId=name)["VersionId"])
    manager.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=ids[0], RemoveFromVersionId=ids[1]
    )
    assert secret.read() == {"cursor_key": "first"}
    secret.write({"cursor_key": "third"})
    assert secret.read() == {"cursor_key": "third"}


@pytest.mark.parametrize("text", ["no JSON", json.dumps(["a list"])])
def test_a_secret_that_is_broken_is_told(manager: Any, name: str, text: str) -> None:
    token = secrets.token_hex(16)
    manager.put_secret_value(SecretId=name, SecretString=text, ClientRequestToken=token)
    with pytest.raises(CommandError, match=f"the secret {name} is no JSON object: put its former"):
        StageSecret(manager, name).read()
