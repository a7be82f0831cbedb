"""What a clerk witnesses at the counter: by one person, or by two where it allows much."""

from dataclasses import replace
from datetime import date
from typing import Final

from chalicelib.core import four_eyes
from chalicelib.core.errors import FieldError, InvalidRequest, Problem
from chalicelib.core.four_eyes import Word
from chalicelib.core.i18n import Text
from chalicelib.mandates.domain.mandate import Mandate, Terms, years_after
from chalicelib.mandates.domain.rights import ALL_SERVICES


class OwnMatter(Problem):
    """A member of staff is one of the two, and witnesses nothing of their own."""

    status = 403
    code = "own_matter"
    title = Text("工作人员不能为本人的委托作证", "Nobody witnesses a mandate of their own")


_USED: Final = FieldError(
    "/upload_id",
    "upload_used",
    Text("该扫描件已用于另一份委托", "This scan belongs to another mandate"),
)


def needs_two(terms: Terms, today: date) -> bool:
    """Tell whether two persons witness it: all services, collecting, or more than a year."""
    everything = ALL_SERVICES in terms.services
    return everything or "collect" in terms.actions or terms.until > years_after(today, 1)


def witnessed(old: Mandate, fresh: Mandate, word: Word) -> Mandate | None:
    """Return what a person's word makes of a mandate; None where it is in force already.

    `old` is what is there for the scan, or `fresh` itself. The same by another person agrees to it;
    something else takes its place. Raises SecondPersonNeeded, or InvalidRequest for a scan of a
    mandate that was another, or is over.
    """
    witness, same = fresh.witness, _content(old) == _content(fresh)
    if old.version and same and old.state == "active":
        return None
    is_waiting = not old.version or old.state == "asked"
    if witness is None or not is_waiting or old.mandate_id != fresh.mandate_id:
        raise InvalidRequest(errors=[_USED])
    first = old.witness.asked if old.witness and same else None
    is_agreed = four_eyes.is_agreed(first, word)
    waits = not is_agreed and needs_two(fresh.terms, fresh.since)
    said = replace(witness, asked=word) if waits else replace(witness, asked=first, agreed=word)
    made = replace(fresh, version=old.version, head=old.head, ledger=old.ledger, witness=said)
    return replace(made, state="asked" if waits else "active")


def is_guardians(mandate: Mandate) -> bool:
    """Tell whether a mandate says that its agent is a minor's guardian: it is for everything."""
    is_minors = mandate.witness is not None and mandate.witness.minor_until is not None
    return is_minors and ALL_SERVICES in mandate.terms.services


def guarded_until(mandate: Mandate) -> date | None:
    """Return the last day on which its agent is a minor's guardian by it; None for no guardian."""
    witness = mandate.witness
    if mandate.state != "active" or witness is None or not is_guardians(mandate):
        return None
    return min(mandate.terms.until, witness.minor_until or mandate.terms.until)


def _content(mandate: Mandate) -> tuple[str, str, Terms]:
    return mandate.principal_person, mandate.agent_person, mandate.terms
