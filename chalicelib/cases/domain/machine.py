"""The switch of a service's machine: off at one person's word, on by two, off by disagreement."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import four_eyes
from chalicelib.core.decisions import Versioned
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger

# So many within this time say that the rules, or what they are asked of, are wrong.
DISAGREEMENTS: Final = 3
WITHIN: Final = timedelta(days=7)
SWITCHED_OFF: Final = "machine_switched_off"
_ON: Final = "on"


@dataclass(frozen=True, slots=True)
class Machine(Versioned):
    """Whether a machine decides a service, and who did not agree with it lately.

    Version 0 is of a service whose machine nobody ever touched; it is on. `asked` is the word of
    the first of two who want it on. What was lodged before `on_since` is people's. `disagreements`
    are ids of cases, and when a person did not agree.
    """

    service_id: str
    enabled: bool = True
    on_since: datetime | None = None
    asked: Word | None = None
    disagreements: tuple[tuple[str, datetime], ...] = ()
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return subject_of(self.service_id)

    def decides(self, lodged_at: datetime) -> bool:
        """Tell whether what was lodged then is the machine's to decide now."""
        return self.enabled and (self.on_since is None or lodged_at >= self.on_since)


def subject_of(service_id: str) -> str:
    """Return the id of a service's machine in histories and alerts."""
    return f"machine:{service_id}"


def switched_off(machine: Machine) -> Machine:
    """Return a machine that decides nothing from now on."""
    return replace(machine, enabled=False, asked=None)


def switched_on(machine: Machine, word: Word) -> Machine:
    """Return a machine after a word for switching it on, by the second of which it is.

    Raises SecondPersonNeeded for the same person's again.
    """
    word = replace(word, act=_ON)
    if not four_eyes.is_agreed(machine.asked, word):
        return replace(machine, asked=word)
    return replace(machine, enabled=True, on_since=word.at, asked=None, disagreements=())


def disagreed(machine: Machine, case_id: str, at: datetime) -> Machine:
    """Return a machine after somebody's disagreement with a case, off when it is one too many."""
    recent = [one for one in machine.disagreements if one[1] > at - WITHIN and one[0] != case_id]
    new = replace(machine, disagreements=(*recent, (case_id, at)))
    return switched_off(new) if len(new.disagreements) >= DISAGREEMENTS else new
