"""The table of the steps that staff take, and what comes with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.cases.domain.case import RUNNING, CaseStatus, Remark
from chalicelib.core.event_types import CaseEvent

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
    "check-authority",
    "precheck",
]


@dataclass(frozen=True, slots=True)
class Step:
    """What staff do with a case: from which states, to which (None: it stays), and by whom."""

    event: CaseEvent
    froms: frozenset[CaseStatus]
    to: CaseStatus | None
    needs: Literal["note", "items"] | None = None
    roles: frozenset[str] = frozenset({"clerk", "supervisor", "admin"})


def _step(
    event: CaseEvent,
    froms: CaseStatus | tuple[CaseStatus, ...],
    to: CaseStatus | None = None,
    needs: Literal["note", "items"] | None = None,
) -> Step:
    states = froms if isinstance(froms, tuple) else (froms,)
    return Step(event, frozenset(states), to, needs)


STEPS: Final[Mapping[StepName, Step]] = {
    "claim": _step("case.claimed", RUNNING),
    "release": _step("case.released", RUNNING),
    "accept": _step("case.accepted", CaseStatus.SUBMITTED, CaseStatus.ACCEPTED),
    "decline": _step("case.declined", CaseStatus.SUBMITTED, CaseStatus.DECLINED, "note"),
    "request-correction": _step(
        "case.correction_requested", CaseStatus.SUBMITTED, CaseStatus.CORRECTION_REQUESTED, "items"
    ),
    "review": _step("case.reviewed", CaseStatus.ACCEPTED, CaseStatus.UNDER_REVIEW),
    "approve": _step("case.approved", CaseStatus.UNDER_REVIEW, CaseStatus.APPROVED),
    "reject": _step("case.rejected", CaseStatus.UNDER_REVIEW, CaseStatus.REJECTED, "note"),
    "issue": _step("case.issued", CaseStatus.APPROVED, CaseStatus.ISSUED),
    "complete": _step("case.completed", CaseStatus.ISSUED, CaseStatus.COMPLETED),
    "precheck": _step("case.prechecked", (CaseStatus.SUBMITTED, CaseStatus.ACCEPTED)),
    "check-authority": _step("case.authority_checked", RUNNING, needs="note"),
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
