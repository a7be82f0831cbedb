"""A stage's functions started anew, by a change of their environment."""

from collections.abc import Iterator
from typing import Any

from infra import stages
from infra.iam import DEPLOYED
from infra.stages import Stage


def restart(stage: Stage, lambdas: Any) -> Iterator[tuple[str, bool]]:
    """Let the functions of a stage start anew; yields the name of each, and whether it did.

    Those that a canary releases are left alone: CodeDeploy begins at the version that the stack
    knows.
    """
    for function in DEPLOYED:
        name = stage.function(function)
        by_canary = bool(stage.canary) and function in stages.FUNCTIONS_OF_THE_API
        if not by_canary:
            _restart(lambdas, name)
        yield name, not by_canary


def next_turn(before: str) -> str:
    """Return what stands in RESTARTED after `before`, which may be a word of the settings."""
    return str(int(before) + 1) if before.isdecimal() else "1"


def _restart(lambdas: Any, name: str) -> None:
    now = lambdas.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    environment = {"Variables": {**now, "RESTARTED": next_turn(now.get("RESTARTED", ""))}}
    lambdas.update_function_configuration(FunctionName=name, Environment=environment)
    # The alias by which the gateway calls a function, if it has one, means it as it is now.
    known = {alias["Name"] for alias in lambdas.list_aliases(FunctionName=name)["Aliases"]}
    if stages.LIVE in known:
        lambdas.get_waiter("function_updated_v2").wait(FunctionName=name)
        version = lambdas.publish_version(FunctionName=name)["Version"]
        # Until then Lambda refuses to run it, and the gateway would answer 503.
        ready = lambdas.get_waiter("published_version_active")
        ready.wait(FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 1})
        lambdas.update_alias(FunctionName=name, Name=stages.LIVE, FunctionVersion=version)
