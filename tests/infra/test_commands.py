"""What operators get wrong is told in a plain sentence, with status 2, and never in a traceback."""

import json
import os
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import MagicMock

import pytest
import typer
from botocore.exceptions import ClientError, ProfileNotFound

from chalicelib.core import qr
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.identity.staff import storage
from infra import cells, commands, ops, pages, restarting, stages
from infra.local.engine import free_port
from infra.stages import StageError

ROOT: Final = Path(__file__).parent.parent.parent
NINGBO: Final = {
    "city": "330200", "name": "宁波市", "name_en": "Ningbo", "api": "https://ningbo.example",
}  # fmt: skip
ACT: Final = ("--role", "admin", "--password", "onetrip-demo")
SINCE: Final = "2026-12-01T09:00:00+08:00"
ASKING: Final = (
    ("infra.cells", "publish", "dev", "cells.jws"),
    ("infra.publish_pages", "dev"),
    ("infra.ops", "secrets", "dev"),
    ("infra.ops", "restart", "dev"),
    ("infra.ops", "pause", "dev", "cases"),
    ("infra.ops", "resume", "dev"),
    ("infra.ops", "catalogue", "dev"),
    ("infra.ops", "staff", "dev", "anna", *ACT),
    ("infra.ops", "remove-staff", "dev", "anna"),
    ("infra.ops", "persons", "dev"),
    ("infra.ops", "slots", "dev"),
    ("infra.ops", "check-anchors", "dev", "2026-12-01"),
    ("infra.ops", "replay-erasures", "dev", "2026-11-30T08:00:00"),
)
OF_A_STAGE: Final = (("infra.deployer", "dev"), *ASKING)


@cache
def directories() -> dict[str, str]:
    """A directory of cells that is good today, and one that has expired; a key takes a second."""
    with TemporaryDirectory() as folder:
        pem = Path(folder) / "cells.pem"
        cells.make_key(pem)
        key, now, day = pem.read_bytes(), datetime.now(UTC), timedelta(days=1)
    return {
        "cells.jws": cells.sign([NINGBO], key, now, day),
        "expired.jws": cells.sign([NINGBO], key, now - 2 * day, day),
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files, right and wrong, from which commands are typed."""
    (tmp_path / "cells.json").write_text(json.dumps([NINGBO]))
    (tmp_path / "numbers.json").write_text("[1]")
    for name, directory in directories().items():
        (tmp_path / name).write_text(directory)
    (tmp_path / "none.json").write_text("no JSON")
    (tmp_path / "letters.json").write_bytes("省".encode("gb2312"))
    (tmp_path / "empty.json").write_text("{}")
    (tmp_path / "typed.json").write_text(json.dumps({"wechat_secrte": "x", "wechat_secret": "y"}))
    (tmp_path / "none.pem").write_text("no key")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    # What cannot be published is not built, which takes minutes.
    monkeypatch.setattr(pages, "build", lambda _: pytest.fail("it was built"))
    return tmp_path


def told(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Type a command that fails; return what it says on stderr."""
    module, *arguments = words
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__")
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("words", OF_A_STAGE, ids=" ".join)
def test_a_stage_that_is_not_there_is_named(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tuple("nowhere" if word == "dev" else word for word in words)
    known = ", ".join(sorted(stages.names()))
    assert told(asked, capsys, monkeypatch) == (
        f"stages.json has no stage 'nowhere'; it has {known}\n"
    )


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_who_has_no_credentials_reads_how_to_get_some(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = told(words, capsys, monkeypatch)
    assert said.startswith("there are no credentials of AWS: run `aws configure`")
    assert said.count("\n") == 1


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_an_address_where_nobody_answers_is_told(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody)
    said = told(words, capsys, monkeypatch)
    assert nobody in said
    assert said.endswith("look at the network, the region and AWS_ENDPOINT_URL\n")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_a_stage_that_was_never_deployed_is_told(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = told(words, capsys, monkeypatch)
    assert said.startswith("AWS refused ")
    assert said.endswith(
        "is the stage deployed there, and filled in the order of docs/deploy.md?\n"
    )


SIGN: Final = ("infra.cells", "sign")
OUT: Final = ("--out", "cells.jws")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("infra.cells", "key", "cells.json"), "cells.json: File exists"),
        (("infra.cells", "key", "no/cells.pem"), "no/cells.pem: No such file or directory"),
        ((*SIGN, "no.json", "--key", "none.pem", *OUT), "no.json: No such file or directory"),
        ((*SIGN, "none.json", "--key", "none.pem", *OUT), "none.json is not a JSON text in UTF-8"),
        ((*SIGN, "letters.json", "--key", "none.pem", *OUT), "letters.json is not a JSON text"),
        ((*SIGN, "numbers.json", "--key", "none.pem", *OUT), "the cells are a list of objects"),
        ((*SIGN, "cells.json", "--key", "no.pem", *OUT), "no.pem: No such file or directory"),
        ((*SIGN, "cells.json", "--key", "none.pem", *OUT), "the key is not one of `infra.cells"),
        ((*SIGN, "cells.json", "--key", ".", *OUT), ".: Is a directory"),
        (("infra.cells", "publish", "dev", "no.jws"), "no.jws: No such file or directory"),
        (("infra.cells", "publish", "dev", "cells.json"), "it is no directory of `infra.cells"),
        (("infra.cells", "publish", "dev", "letters.json"), "it is no directory of `infra.cells"),
        (("infra.cells", "publish", "dev", "expired.jws"), "it has expired"),
        (("infra.deployer", "dev", "--out", "cells.json"), "cells.json/dev: Not a directory"),
        (("infra.ops", "secrets", "dev", "--file", "no.json"), "no.json: No such file"),
        (("infra.ops", "secrets", "dev", "--file", "none.json"), "none.json is not a JSON text"),
        (("infra.ops", "secrets", "dev", "--file", "numbers.json"), "is not one JSON object"),
        (("infra.ops", "secrets", "dev", "--file", "typed.json"), "has wechat_secrte, which"),
        (("infra.costs", "--prices", "no.json"), "no.json: No such file or directory"),
        (("infra.costs", "--prices", "none.json"), "none.json is not a JSON text"),
        (("infra.costs", "--prices", "empty.json"), "empty.json is no price file"),
        (("infra.supply_chain", "--out", "cells.json"), "cells.json: File exists"),
        (("infra.openapi", "."), ".: Is a directory"),
    ],
)
def test_a_file_that_is_none_is_named(
    words: tuple[str, ...],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = told(words, capsys, monkeypatch)
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("infra.cells",),
        ("infra.cells", "forge"),
        (*SIGN, "cells.json", "--key", "none.pem", *OUT, "--days", "0"),
        (*SIGN, "cells.json", "--key", "none.pem", *OUT, "--days", "9999999999"),
        ("infra.deployer",),
        ("infra.ops", "mend", "dev"),
        ("infra.ops", "slots"),
        ("infra.ops", "secrets", "dev", "--publish", "cursor_key"),
        ("infra.ops", "replay-erasures", "dev", "yesterday"),
        ("infra.ops", "check-anchors", "dev", "yesterday"),
        ("infra.ops", "check-anchors", "dev", "20261201"),
        ("infra.ops", "check-anchors", "dev", "2026-13-41"),
        ("infra.migrate", "run", "backwards"),
        ("infra.migrate", "run", "keys-apart", "--items-a-second", "all"),
        ("infra.dlq_cli", "--data-dir", ".", "list"),
        ("infra.recover_courier", "ems"),
        ("infra.recover_courier", "ems", "--since", "yesterday"),
        ("infra.pages", "web"),
        ("infra.openapi",),
        ("infra.indexes", "dev"),
        ("infra.publish_pages",),
        ("infra.costs", "dev"),
    ],
    ids=" ".join,
)
def test_a_wrong_word_is_answered_with_the_usage(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "usage:" in told(words, capsys, monkeypatch).lower()


def test_every_command_ends_plainly() -> None:
    commands_of_operators = [
        *(ROOT / "infra").glob("*.py"),
        *(ROOT / "infra" / "costs").glob("*.py"),
    ]
    for file in commands_of_operators:
        _, guard, rest = file.read_text().partition('if __name__ == "__main__":\n')
        assert not guard or "with commands.plainly():" in rest, file.name


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (("anna", "--role", "mayor", "--password", "onetrip-demo"), "/roles/0"),
        (("Anna!", *ACT), "/username"),
        (("anna", "--role", "clerk", "--password", "short"), "/password"),
        (("anna", *ACT, "--division", "浙江"), "/division_prefix"),
    ],
)
def test_an_account_with_which_nobody_could_log_in_is_not_made(
    given: tuple[str, ...],
    wrong: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ops, "_become", lambda _: None)
    with pytest.raises(SystemExit) as ended, commands.plainly():
        ops.cli(["staff", "dev", *given])
    assert ended.value.code == 2
    assert f"(invalid_request); {wrong}: " in capsys.readouterr().err


@pytest.mark.usefixtures("engine")
def test_a_fresh_secret_is_told_as_a_code_and_as_its_address(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "_become", lambda _: None)
    ops.cli(["staff", "dev", "told-by-code", *ACT, "--totp", "new"], standalone_mode=False)
    said = capsys.readouterr().out
    (address,) = re.findall(
        r"^otpauth://totp/OneTrip:told-by-code\?secret=\w{32}\S+$", said, re.MULTILINE
    )
    assert said.startswith(qr.text(address))


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--office", "no-such-hall"), "the catalogue has no hall no-such-hall"),
        (("--totp", "not!base32"), "--totp is `new` or a secret in base32"),
        # The library makes no code of it, so that a log-in by it would fail.
        (("--totp", "JBSWY3DPEHPK3PXP"), "at least 112 bits"),
    ],
)
def test_what_keeps_an_account_from_its_work_is_told_before_it_is_made(
    given: tuple[str, ...],
    why: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ops, "_become", lambda _: None)
    with pytest.raises(SystemExit) as ended, commands.plainly():
        ops.cli(["staff", "dev", "new-one", *ACT, *given])
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert why in said.err
    assert storage.load("new-one") is None


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ([], "is not one JSON object of stages"),
        ({"dev": 1}, "is not one JSON object of stages"),
        ({"dev": {"region": "cn-north-1"}}, "lacks burst, logs_kept, public_url"),
        (
            {
                "dev": {
                    "region": 1, "public_url": "", "logs_kept": "", "requests_per_second": "",
                    "burst": 1, "allowed_origins": "https://hall.example", "reserved": [],
                }
            },
            "values of another kind: allowed_origins, region, requests_per_second, reserved",
        ),
        (
            {
                "dev": {
                    "region": "", "public_url": "", "logs_kept": "", "requests_per_second": 1,
                    "burst": 1, "settings": {"STAGE": "", "ADDRESS_SHARED_BY": 25},
                }
            },
            "values of another kind: settings.ADDRESS_SHARED_BY$",
        ),
        ({"dev": {"alarm_mail": ""}}, "has what nobody reads: alarm_mail"),
    ],
)  # fmt: skip
def test_stages_that_are_none_are_told(folder: Path, entry: object, why: str) -> None:
    file = folder / "stages.json"
    file.write_text(json.dumps(entry))
    with pytest.raises(StageError, match=why):
        stages.load("dev", file)


@pytest.mark.parametrize("entry", [[], {}, ["dev"], {"dev": 1}])
def test_all_stages_of_a_file_that_has_none_are_not_taken_for_done(
    folder: Path, entry: object
) -> None:
    file = folder / "stages.json"
    file.write_text(json.dumps(entry))
    with pytest.raises(StageError, match="is not one JSON object of stages"):
        stages.names(file)


@pytest.mark.parametrize(
    ("before", "after"), [("", "1"), ("1", "2"), ("9", "10"), ("2026-12-01", "1"), ("again", "1")]
)
def test_a_restart_writes_another_value(before: str, after: str) -> None:
    # A stage with a canary is restarted by whatever word its settings have.
    assert restarting.next_turn(before) == after


def test_a_restart_moves_the_alias_to_a_version_that_lambda_lets_run() -> None:
    lambdas = MagicMock()
    lambdas.get_function_configuration.return_value = {"Environment": {"Variables": {}}}
    lambdas.list_aliases.return_value = {"Aliases": [{"Name": stages.LIVE}]}
    lambdas.publish_version.return_value = {"Version": "7"}
    list(restarting.restart(replace(stages.load("dev"), canary=None), lambdas))
    calls = [
        call for call in lambdas.mock_calls if call[2].get("FunctionName", "").endswith("-api")
    ]
    waited = [call[2].get("Qualifier") for call in calls if call[0] == "get_waiter().wait"]
    assert waited == [None, "7"]
    names = [call[0] for call in calls]
    last_wait = len(names) - 1 - names[::-1].index("get_waiter().wait")
    assert names.index("publish_version") < last_wait < names.index("update_alias")
    lambdas.get_waiter.assert_any_call("published_version_active")


def refused(code: str, message: str = "No.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused("ExpiredTokenException"), "the credentials are not good: run `aws configure`"),
        (refused("AccessDeniedException"), "the credentials lack this right"),
        (refused("ResourceNotFoundException"), "is the stage deployed there"),
        (refused("ValidationError", "Stack with id x does not exist"), "is the stage deployed"),
        (refused("Throttling"), "AWS refused GetItem (Throttling): No.; try again"),
        (ProfileNotFound(profile="city"), "city"),
        (
            InvalidRequest(errors=[FieldError("/roles", "unknown", Text("未知", "unknown role"))]),
            "Some fields are not right (invalid_request); /roles: unknown role",
        ),
    ],
)
def test_what_was_refused_is_told_with_what_to_do(error: Exception, sentence: str) -> None:
    assert sentence in (commands.explain(error) or "")


def test_the_cause_is_told_and_not_what_hid_it() -> None:
    hidden = RuntimeError("a library's own words")
    hidden.__cause__ = refused("AccessDeniedException")
    assert "lack this right" in (commands.explain(hidden) or "")


def test_our_own_mistake_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), commands.plainly():
        _ = 1 // 0


def test_what_ends_by_itself_keeps_its_status() -> None:
    with pytest.raises(SystemExit) as ended, commands.plainly():
        raise SystemExit(1)
    assert ended.value.code == 1
    with pytest.raises(typer.Exit), commands.plainly():
        raise typer.Exit(3)


@pytest.mark.parametrize(
    "words",
    [
        ("infra.migrate", "list"),
        ("infra.dlq_cli", "list"),
        ("infra.recover_courier", "ems", "--since", SINCE),
    ],
    ids=" ".join,
)
def test_settings_that_are_refused_are_told(words: tuple[str, ...]) -> None:
    # This process has its settings already.
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, "INDEX_BUCKETS": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "INDEX_BUCKETS must be a whole number above 0, not 'none'\n"
    assert done.returncode == 2
