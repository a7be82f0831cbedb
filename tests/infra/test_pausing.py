"""A stage that is paused uses the named tables no more, and is resumed as it is declared."""

import io
import time
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
import typer.testing

from functions import manifest
from infra import ops, pausing, stages
from infra.commands import CommandError
from infra.local.engine import Engine
from infra.stages import Stage

ROOM: Final = "subscribers"
ON: Final = "Enabled"
OFF: Final = "Disabled"
# For as long as the longest run of these may last.
LONGEST: Final = 300
# Who uses the room; of these one has a queue here, and one a clock.
USERS: Final = {"api", "staff", "follow_up", "reconcile_events", "send_subscriber_messages"}


def test_who_uses_a_room_reads_or_writes_it() -> None:
    assert set(pausing.users([ROOM])) == USERS
    assert {"publish_datasets", "watch_deadlines"} <= set(pausing.users(["cases"]))
    # What may only be added to is used, too.
    assert {"api", "staff"} <= set(pausing.users(["tombstones"]))
    assert set(pausing.users([])) == {"api", "staff", *(f.name for f in manifest.FUNCTIONS)}


def test_a_room_without_a_table_is_named() -> None:
    with pytest.raises(CommandError, match="no table is called case; there are anchors, "):
        pausing.users(["case", "cases"])


class Account:
    """The functions of a stage that use a room, with what starts them, on an engine."""

    def __init__(self, engine: Engine, stage: Stage) -> None:
        session = boto3.Session("x", "x", region_name=stage.region)
        make = [
            session.client(name, endpoint_url=engine.url) for name in ("lambda", "events", "sqs")
        ]
        self.lambdas, self.events, self.sqs = make
        self.stage = stage
        self.rule = stage.named("every-minute")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "def run(event, context): return {}")
        for name in sorted(USERS):
            self._function(name, code.getvalue())
        self._sources()

    def _function(self, name: str, code: bytes) -> None:
        made = self.lambdas.create_function(
            FunctionName=self.stage.function(name),
            Runtime="python3.12",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="app.run",
            Code={"ZipFile": code},
            Timeout=manifest.named(name).timeout_seconds if name not in ("api", "staff") else 29,
        )
        if name in ("api", "staff"):
            self.lambdas.publish_version(FunctionName=made["FunctionName"])
            self.lambdas.create_alias(
                FunctionName=made["FunctionName"], Name=stages.LIVE, FunctionVersion="1"
            )

    def _sources(self) -> None:
        url = self.sqs.create_queue(QueueName=self.stage.named("follow-up"))["QueueUrl"]
        known = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self.lambdas.create_event_source_mapping(
            EventSourceArn=known["Attributes"]["QueueArn"],
            FunctionName=self.stage.function("follow_up"),
        )
        name = self.stage.function("reconcile_events")
        found = self.lambdas.get_function_configuration(FunctionName=name)
        self.events.put_rule(Name=self.rule, ScheduleExpression="rate(1 minute)")
        target = {"Id": "function", "Arn": found["FunctionArn"]}
        self.events.put_targets(Rule=self.rule, Targets=[target])

    def remove(self) -> None:
        for one in self.lambdas.list_event_source_mappings()["EventSourceMappings"]:
            self.lambdas.delete_event_source_mapping(UUID=one["UUID"])
        for name in USERS:
            self.lambdas.delete_function(FunctionName=self.stage.function(name))
        self.events.remove_targets(Rule=self.rule, Ids=["function"])
        self.events.delete_rule(Name=self.rule)

    def reserved(self, name: str) -> int | None:
        found = self.lambdas.get_function_concurrency(FunctionName=self.stage.function(name))
        runs: int | None = found.get("ReservedConcurrentExecutions")
        return runs

    def ready(self, name: str) -> int:
        of = {"FunctionName": self.stage.function(name), "Qualifier": stages.LIVE}
        try:
            found = self.lambdas.get_provisioned_concurrency_config(**of)
        except self.lambdas.exceptions.ProvisionedConcurrencyConfigNotFoundException:
            return 0
        return int(found["RequestedProvisionedConcurrentExecutions"])

    def states(self) -> tuple[str, str]:
        """Return the states of the one mapping and of the one rule."""
        (one,) = self.lambdas.list_event_source_mappings()["EventSourceMappings"]
        return one["State"], self.events.describe_rule(Name=self.rule)["State"].capitalize()


@pytest.fixture(params=["dev", "production"])
def account(
    request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine.url)
    made = Account(engine, stages.load(request.param))
    yield made
    made.remove()


def type_in(*words: str) -> str:
    done = typer.testing.CliRunner().invoke(ops.cli, words)
    assert done.exit_code == 0, done.output
    return done.output


def paused(account: Account) -> None:
    assert [account.reserved(name) for name in ("api", "staff")] == [0, 0]
    assert [account.ready(name) for name in ("api", "staff")] == [0, 0]
    assert account.states() == (OFF, OFF)
    # Of a worker Lambda would count what it cannot deliver as attempts that failed.
    assert {account.reserved(name) for name in USERS - {"api", "staff"}} == {None}


def as_declared(account: Account) -> None:
    for name in ("api", "staff"):
        assert account.reserved(name) == account.stage.reserved.get(name)
        assert account.ready(name) == account.stage.ready.get(name, 0)
    assert account.states() == (ON, ON)


def test_what_is_paused_is_resumed_as_the_stage_declares_it(account: Account) -> None:
    name = account.stage.name
    for _ in range(2):
        type_in("resume", name, ROOM)
        as_declared(account)
    for _ in range(2):
        said = type_in("pause", name, ROOM)
        paused(account)
        assert f"paused {account.stage.function('follow_up')}\n" in said
        assert f"have ended in {LONGEST} seconds" in said
    assert account.stage.function("api") in type_in("resume", name, ROOM)
    as_declared(account)


class Changing:
    """Lambda, whose mappings take some questions until they are what they were made."""

    def __init__(self, lambdas: Any, questions: int) -> None:
        self._lambdas = lambdas
        self._left = questions
        self.updates = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lambdas, name)

    def get_event_source_mapping(self, **of: Any) -> Any:
        self._left -= 1
        if self._left >= 0:
            return {"State": "Disabling"}
        return self._lambdas.get_event_source_mapping(**of)

    def update_event_source_mapping(self, **of: Any) -> None:
        assert self._left < 0, "AWS refuses to change what is changing"
        self.updates += 1
        self._lambdas.update_event_source_mapping(**of)


@pytest.mark.parametrize("questions", [0, 1, 20])
def test_a_source_is_waited_for_until_it_is_still(
    account: Account, monkeypatch: pytest.MonkeyPatch, questions: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    lambdas = Changing(account.lambdas, questions)
    one = pausing.Pausing(account.stage, lambdas, account.events)
    assert [name for name, _ in one.pause(["follow_up"])] == [account.stage.function("follow_up")]
    assert (lambdas.updates, len(slept)) == (1, questions)
    assert account.states()[0] == OFF


def test_a_source_that_never_is_is_told(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    one = pausing.Pausing(account.stage, Changing(account.lambdas, 10_000), account.events)
    with pytest.raises(CommandError, match="is still Disabling; type it again"):
        list(one.pause(["follow_up"]))
