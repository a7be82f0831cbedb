"""What is planned: acts, and the stories that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

Verb = Literal["log_in", "book", "lodge", "take_in", "pay", "send", "look", "stand_in"]
_KEY: Final = "city-{seed}-{story}-{number}"


@dataclass(frozen=True, slots=True)
class Act:
    """One deed: when, by whom (a log-in's code or a user name; nobody when empty), and what.

    Texts of `facts` may name what earlier acts of the story were told, as `{case_id}`. An act that
    `waits` is done once all events before it have had their effects. What is `needed`
    is never left out: it serves others, or is still under way at the end.
    """

    at: datetime
    story: str
    number: int
    verb: Verb
    who: str
    facts: Mapping[str, Any]
    waits: bool = False
    needed: bool = False

    def key(self, seed: int) -> str:
        """Return the Idempotency-Key, by which a second try does nothing twice."""
        return _KEY.format(seed=seed, story=self.story, number=self.number)


@dataclass(slots=True)
class Story:
    """Acts that follow one another; `outcome` is the state in which they leave their thing."""

    name: str
    outcome: str = ""
    needed: bool = False
    acts: list[Act] = field(default_factory=list)

    def add(
        self,
        at: datetime,
        verb: Verb,
        who: str,
        facts: Mapping[str, Any] | None = None,
        *,
        waits: bool = False,
    ) -> None:
        """Add an act."""
        number = len(self.acts)
        self.acts.append(Act(at, self.name, number, verb, who, facts or {}, waits, self.needed))

    def send(  # noqa: PLR0913 - a call has these facts.
        self,
        at: datetime,
        who: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        keep: Sequence[str] = (),
        refused: str = "",
        waits: bool = False,
    ) -> None:
        """Add a POST; of its answer `keep` is remembered. It may be `refused` with a code."""
        facts = {"path": path, "body": body or {}, "keep": tuple(keep), "refused": refused}
        self.add(at, "send", who, facts, waits=waits)


def filled_in(given: Any, told: Mapping[str, str]) -> Any:
    """Return facts with what a story was told in the places that name it."""
    if isinstance(given, str):
        return given.format_map(told) if "{" in given else given
    if isinstance(given, Mapping):
        return {name: filled_in(value, told) for name, value in given.items()}
    if isinstance(given, Sequence):
        return [filled_in(value, told) for value in given]
    return given
