"""A consent: to which version of the text about a purpose one said yes or no, and when.

Consent is voluntary, explicit and informed, asked anew when the purpose or the way changes, and
taken back as easily (Personal Information Protection Law of the PRC, articles 14 and 15); for what
is sensitive it is asked apart (articles 28 and 29). What was said stays on record.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core.idempotency import Ledger

# Texts name their versions themselves: 3, or 2026-12.
Version = str | int
LIMIT: Final = 100
_WORDS: Final = 50


@dataclass(frozen=True, slots=True)
class Word:
    """What was said once."""

    version: Version
    given: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """What a citizen said about a purpose, the last word last; nothing yet without words."""

    purpose: str
    words: tuple[Word, ...] = ()
    revision: int = 0
    ledger: Ledger = ()

    @property
    def last(self) -> Word:
        """Return what holds; there is one once anything was said."""
        return self.words[-1]

    def said(self, word: Word) -> "Consent":
        """Return it after a word; the same word again changes nothing. The newest 50 stay."""
        if self.words and (self.last.version, self.last.given) == (word.version, word.given):
            return self
        return replace(self, words=(*self.words, word)[-_WORDS:])
