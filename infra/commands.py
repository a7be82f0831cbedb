"""How an operator's command ends when it cannot do its work: by a plain sentence, with status 2.

What is nobody's mistake but ours still ends in a traceback.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own.
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    WaiterError,
)

from chalicelib.core.errors import Problem

_STATUS: Final = 2
_CREDENTIALS: Final = "run `aws configure` or `aws sso login`, or set AWS_PROFILE (docs/deploy.md)"
# What AWS calls it when it does not know who asks.
_UNKNOWN_CALLERS: Final = frozenset(
    {
        "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
        "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException",
    }
)  # fmt: skip
# Known by its name: settings are read, and refused, before their own module is there to be asked.
_SETTINGS: Final = "SettingsError"
_NOT_THERE: Final = ("NotFound", "NoSuch", "NonExistent", "does not exist")


class CommandError(Exception):
    """A command cannot do its work as it was asked to; the message says what to do."""


@contextmanager
def plainly() -> Iterator[None]:
    """Let a command end by a sentence on stderr where it fails for a reason that we know."""
    try:
        yield
    except Exception as error:
        said = explain(error)
        if said is None:
            raise
        sys.stderr.write(f"{' '.join(said.split())}\n")
        raise SystemExit(_STATUS) from error


def read_json(file: Path) -> Any:
    """Return what a JSON file has; raises CommandError when it is none, OSError when unread."""
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise CommandError(f"{file} is not a JSON text in UTF-8: {error}") from error


def explain(error: BaseException) -> str | None:
    """Return what an operator can do about a failure, or None when it is none of theirs."""
    known = (_said(one) for one in _causes(error))
    return next((said for said in known if said), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Go from what a failure was at last to what it is called here, which says the least."""
    if error is not None:
        # Libraries name a cause beside Python's own way.
        yield from _causes(getattr(error, "cause", None) or error.__cause__)
        yield error


def _said(error: BaseException) -> str | None:
    if type(error).__name__ == _SETTINGS:
        return str(error)
    return next((tell(error) for kind, tell in _TOLD.items() if isinstance(error, kind)), None)


def _unreached(error: Any) -> str:
    return f"{error}: look at the network, the region and AWS_ENDPOINT_URL"


def _refusal(error: Any) -> str:
    told, asked = error.response.get("Error", {}), error.operation_name
    code, message = told.get("Code", ""), told.get("Message", "")
    if code in _UNKNOWN_CALLERS:
        advice = f"the credentials are not good: {_CREDENTIALS}"
    elif code.startswith("AccessDenied"):
        advice = "the credentials lack this right (docs/deploy.md, `infra.deployer`)"
    elif any(one in f"{code} {message}" for one in _NOT_THERE):
        advice = "is the stage deployed there, and filled in the order of docs/deploy.md?"
    else:
        advice = "try again, or look the code up in the documentation of AWS"
    return f"AWS refused {asked} ({code}): {message}; {advice}"


def _file(error: Any) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _problem(error: Any) -> str:
    told = error.members("en", "")
    wrong = "".join(f"; {one.pointer}: {one.detail.in_language('en')}" for one in error.errors)
    return f"{told['detail']} ({error.code}){wrong}"


def _ended(error: Any) -> str:
    return f"`{' '.join(error.cmd)}` ended with {error.returncode}; what it said is above"


# The first kind that fits tells.
_TOLD: Final[dict[type[BaseException], Callable[[Any], str]]] = {
    NoCredentialsError: lambda _: f"there are no credentials of AWS: {_CREDENTIALS}",
    NoRegionError: lambda _: "no region of AWS is named: set AWS_DEFAULT_REGION to the stage's",
    ConnectionError: _unreached,
    HTTPClientError: _unreached,
    WaiterError: str,
    BotoCoreError: lambda error: f"{error}: look at AWS's settings (`aws configure list`)",
    ClientError: _refusal,
    CalledProcessError: _ended,
    OSError: _file,
    Problem: _problem,
    CommandError: str,
}
