"""The table of the steps that staff take, and what comes with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.cases.domain.case import RUNNING, Remark, Status

StepName = Literal[
    "claim",
    "release",
    "accept",
    "decline",
    "request-correction",
    "review",
    "approve",
    "reject",
    "issue",
    "complete",
]


@dataclass(frozen=True, slots=True)
class Step:
    """What staff do with a case: from which states, to which (None: it stays), and by whom."""

    event: str
    froms: frozenset[Status]
    to: Status | None
    needs: Literal["note", "items"] | None = None
    roles: frozenset[str] = frozenset({"clerk", "supervisor", "admin"})


def _step(
    event: str,
    froms: Status | tuple[Status, ...],
    to: Status | None = None,
    needs: Literal["note", "items"] | None = None,
) -> Step:
    states = froms if isinstance(froms, tuple) else (froms,)
    return Step(f"case.{event}", frozenset(states), to, needs)


STEPS: Final[Mapping[StepName, Step]] = {
    "claim": _step("claimed", RUNNING),
    "release": _step("released", RUNNING),
    "accept": _step("accepted", Status.SUBMITTED, Status.ACCEPTED),
    "decline": _step("declined", Status.SUBMITTED, Status.DECLINED, "note"),
    "request-correction": _step(
        "correction_requested", Status.SUBMITTED, Status.CORRECTION_REQUESTED, "items"
    ),
    "review": _step("reviewed", Status.ACCEPTED, Status.UNDER_REVIEW),
    "approve": _step("approved", Status.UNDER_REVIEW, Status.APPROVED),
    "reject": _step("rejected", Status.UNDER_REVIEW, Status.REJECTED, "note"),
    "issue": _step("issued", Status.APPROVED, Status.ISSUED),
    "complete": _step("completed", Status.ISSUED, Status.COMPLETED),
}


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step, the version of the case that was seen, the reason, and what is to be corrected."""

    name: StepName
    version: int | None = None
    note: str | None = None
    items: tuple[Remark, ...] = ()

    @property
    def step(self) -> Step:
        """Return the step of the table."""
        return STEPS[self.name]
