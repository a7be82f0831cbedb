"""A stage paused while a table is restored: who uses it is stopped, and nothing is lost meanwhile.

A worker keeps its messages: its queues and streams are left unread (event source mappings that are
not enabled), and the rules of its clock are off. With a reservation of 0 Lambda would count each
message that it cannot deliver as a failed attempt, and send a start by the clock to the dead
letters ("How Lambda handles errors and retries with asynchronous invocation"). The functions of the
API, which requests alone call, get that reservation: the gateway answers 503 meanwhile. Both acts
may be repeated, and go on where they were broken off.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from infra import stages
from infra.commands import CommandError
from infra.iam import DEPLOYED, permissions_of
from infra.stages import Stage

# As long as an account may take to stop or to begin reading; AWS documents a minute.
_PATIENCE_SECONDS: Final = 300
_BETWEEN_SECONDS: Final = 2
_SETTLED: Final = frozenset({"Enabled", "Disabled"})


def users(rooms: Iterable[str]) -> tuple[str, ...]:
    """Return who writes or reads one of the rooms, by their names in the manifest; of no room, all.

    Who reads alone is among them: without the table each of its messages would be an attempt that
    failed. Raises CommandError for a room that has no table.
    """
    from app import app as _app  # noqa: F401, PLC0415 - registers all tables; settings come first.
    from chalicelib.core.tables import Table  # noqa: PLC0415 - as above.

    wanted, known = frozenset(rooms), frozenset(Table.registry)
    if unknown := sorted(wanted - known):
        message = f"no table is called {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        raise CommandError(message)
    granted = {name: permissions_of(name, known) for name in DEPLOYED}
    return tuple(
        name
        for name, may in granted.items()
        if not wanted or wanted & (may.reads | may.writes | may.adds)
    )


class Pausing:
    """Pauses and resumes functions of a deployed stage."""

    def __init__(self, stage: Stage, lambdas: Any, events: Any) -> None:
        """By clients of Lambda and EventBridge."""
        self._stage = stage
        self._lambdas = lambdas
        self._events = events

    def pause(self, names: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Stop functions one by one; yields each, and for how many seconds a run may still last."""
        for name in names:
            function = self._stage.function(name)
            known = self._lambdas.get_function_configuration(FunctionName=function)
            if name in stages.FUNCTIONS_OF_THE_API:
                self._refuse_requests(name, function)
            else:
                # The clock first, or it would send messages that wait.
                self._switch_rules(known["FunctionArn"], on=False)
                self._switch_sources(function, on=False)
            yield function, int(known["Timeout"])

    def resume(self, names: Iterable[str]) -> Iterator[str]:
        """Let functions run again as the stage declares it, one by one."""
        for name in names:
            function = self._stage.function(name)
            known = self._lambdas.get_function_configuration(FunctionName=function)
            if name in stages.FUNCTIONS_OF_THE_API:
                self._admit_requests(name, function)
            else:
                self._switch_sources(function, on=True)
                self._switch_rules(known["FunctionArn"], on=True)
            yield function

    def _refuse_requests(self, name: str, function: str) -> None:
        errors = self._lambdas.exceptions
        absent = (
            errors.ProvisionedConcurrencyConfigNotFoundException,
            errors.ResourceNotFoundException,
        )
        # Fewer than are held ready cannot be reserved.
        if name in self._stage.ready:
            with suppress(*absent):
                self._lambdas.delete_provisioned_concurrency_config(
                    FunctionName=function, Qualifier=stages.LIVE
                )
        self._lambdas.put_function_concurrency(
            FunctionName=function, ReservedConcurrentExecutions=0
        )

    def _admit_requests(self, name: str, function: str) -> None:
        stage = self._stage
        if name in stage.reserved:
            self._lambdas.put_function_concurrency(
                FunctionName=function, ReservedConcurrentExecutions=stage.reserved[name]
            )
        else:
            self._lambdas.delete_function_concurrency(FunctionName=function)
        if name in stage.ready:
            self._lambdas.put_provisioned_concurrency_config(
                FunctionName=function,
                Qualifier=stages.LIVE,
                ProvisionedConcurrentExecutions=stage.ready[name],
            )

    def _switch_rules(self, function_arn: str, *, on: bool) -> None:
        switch = self._events.enable_rule if on else self._events.disable_rule
        pages = self._events.get_paginator("list_rule_names_by_target")
        for page in pages.paginate(TargetArn=function_arn):
            for rule in page["RuleNames"]:
                switch(Name=rule)

    def _switch_sources(self, function: str, *, on: bool) -> None:
        wanted = "Enabled" if on else "Disabled"
        mappings = self._mappings(function)
        for mapping in mappings:
            # While it changes AWS refuses to change it.
            if self._settled(mapping) != wanted:
                self._lambdas.update_event_source_mapping(UUID=mapping, Enabled=on)
        for mapping in mappings:
            self._settled(mapping)

    def _mappings(self, function: str) -> list[str]:
        pages = self._lambdas.get_paginator("list_event_source_mappings")
        return [
            one["UUID"]
            for page in pages.paginate(FunctionName=function)
            for one in page["EventSourceMappings"]
        ]

    def _settled(self, mapping: str) -> str:
        """Return `Enabled` or `Disabled`, once it is so; raises CommandError when it never is."""
        state = ""
        for _ in range(_PATIENCE_SECONDS // _BETWEEN_SECONDS):
            state = str(self._lambdas.get_event_source_mapping(UUID=mapping)["State"])
            if state in _SETTLED:
                return state
            time.sleep(_BETWEEN_SECONDS)
        raise CommandError(f"event source mapping {mapping} is still {state}; type it again")
