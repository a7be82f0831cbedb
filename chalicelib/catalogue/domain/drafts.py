"""A draft of a service: edited, submitted, and published by a second person where that is due."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from chalicelib.catalogue.domain.draft_changes import Change
from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import StaleVersion, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded, Word
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger

DraftStatus = Literal["none", "draft", "submitted"]
SUBJECT_PREFIX: Final = "guide:"
_PUBLISH: Final = "publish"


@dataclass(frozen=True, slots=True)
class Draft(Versioned):
    """What is to become of a service: the sections that change, from a moment on or at once.

    Status `none` is of a service that nobody edits; `base` is the revision of the service that it
    was written against. `edited_by` wrote it last, `asked` is the word of whoever submitted it.
    """

    service_id: str
    status: DraftStatus = "none"
    sections: Mapping[str, Any] = field(default_factory=dict)
    effective_from: datetime | None = None
    base: str = ""
    edited_by: str | None = None
    edited_at: datetime | None = None
    asked: Word | None = None
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return f"{SUBJECT_PREFIX}{self.service_id}"

    def edited(
        self,
        sections: Mapping[str, Any],
        effective_from: datetime | None,
        base: str,
        by: str,
        at: datetime,
    ) -> "Draft":
        """Return it with other sections; what was submitted has to be submitted again."""
        return replace(
            self,
            status="draft",
            sections=sections,
            effective_from=effective_from,
            base=base,
            edited_by=by,
            edited_at=at,
            asked=None,
        )

    def submitted(self, word: Word) -> "Draft":
        """Return it as it waits for a second person."""
        return replace(self, status="submitted", asked=replace(word, act=_PUBLISH))

    def ended(self) -> "Draft":
        """Return what is left of it: its history."""
        return Draft(self.service_id, version=self.version, head=self.head, ledger=self.ledger)

    def check(
        self, *statuses: DraftStatus, base: str | None = None, version: int | None = None
    ) -> None:
        """Raise WrongStatus, or StaleVersion when it or its service was changed meanwhile."""
        if self.status not in statuses:
            raise WrongStatus(current=self.status)
        if version not in (None, self.version) or base not in (None, self.base):
            raise StaleVersion(current=self.version)

    def check_second(self, word: Word) -> None:
        """Raise SecondPersonNeeded for who submitted it, who wrote it last, or who is in one hand.

        Whoever approves has not written what is approved.
        """
        for other in {self.asked.by if self.asked else None, self.edited_by} - {None}:
            if other == word.by or (other and word.is_same(other)):
                raise SecondPersonNeeded


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version that the desk published: what changed from when on, and who had part in it.

    `approved_by` is None where no second person was due.
    """

    service_id: str
    number: int
    effective_from: datetime
    published_at: datetime
    edited_by: str
    submitted_by: str
    approved_by: str | None
    reason: str
    changes: tuple[Change, ...]
