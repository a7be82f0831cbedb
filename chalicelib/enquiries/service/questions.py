"""Publishing answers, cleaned of persons, for everybody to find."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import masking
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied
from chalicelib.core.errors import NotFound, Unauthenticated, WrongStatus
from chalicelib.core.i18n import Lang
from chalicelib.core.idempotency import Attempt
from chalicelib.enquiries.domain import (
    Effects,
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    NotPublishable,
    PublishedAnswer,
)
from chalicelib.enquiries.service import changes, desk, encryption, published, queries
from chalicelib.enquiries.service.changes import Decided
from chalicelib.identity import service as identity

_HAN: Final = re.compile("[㐀-鿿]")
_ANSWERED: Final = (EnquiryStatus.ANSWERED, EnquiryStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published: the answer, and the question in better words than the citizen's.

    `text` and `question` are in whichever language they are written in, the others in English.
    """

    text: str
    text_en: str | None = None
    question: str | None = None
    question_en: str | None = None


def publish(
    staff: Staff, enquiry_id: str, publication: Publication, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Publish the answer to a question, cleaned of persons; again takes the place of the first.

    Raises NotPublishable, and what all steps of staff raise.
    """

    def decide(old: Enquiry) -> Decided:
        if old.kind != "question":
            raise NotPublishable
        if old.status not in _ANSWERED:
            raise WrongStatus(current=old.status)
        answer = _cleaned(old, publication, now)
        new, effects = replace(old, published=True), Effects(published=answer)
        return changes.decided(old, new, now, "enquiry.published", effects=effects)

    applied = desk.act(staff, enquiry_id, decide, attempt, now)
    published.forget()
    return applied


def unpublish(
    staff: Staff, enquiry_id: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Take a published answer back. Idempotent."""

    def decide(old: Enquiry) -> Decided | None:
        if not old.published:
            return None
        return changes.decided(old, replace(old, published=False), now, "enquiry.unpublished")

    applied = desk.act(staff, enquiry_id, decide, attempt, now)
    published.forget()
    return applied


def _cleaned(enquiry: Enquiry, publication: Publication, now: datetime) -> PublishedAnswer:
    names = _names(enquiry)
    question = publication.question or _asked(enquiry)
    return PublishedAnswer(
        enquiry.enquiry_id,
        enquiry.office_id,
        enquiry.service_id,
        now.replace(microsecond=0),
        _by_language(question, publication.question_en, names),
        _by_language(publication.text, publication.text_en, names),
    )


def _by_language(text: str, english: str | None, names: Sequence[str]) -> dict[Lang, str]:
    own: Lang = "zh-CN" if _HAN.search(text) else "en"
    texts: dict[Lang, str] = {"en": english} if english else {}
    texts[own] = text
    return {lang: masking.masked(one, names) for lang, one in texts.items()}


def _asked(enquiry: Enquiry) -> str:
    file = queries.find(enquiry.enquiry_id)
    words = queries.first_words(file) if file else None
    if words is None:
        raise NotFound
    return words.text


def _names(enquiry: Enquiry) -> list[str]:
    """Return the names that are known of an enquirer and their family."""
    contact = encryption.open_contact(enquiry)
    names = [contact.name] if contact else []
    if enquiry.citizen_id:
        try:
            clear = identity.me(enquiry.citizen_id).clear
        except (NotFound, Unauthenticated):
            return []
        names += [clear.get("name"), clear.get("display_name")]
        names += [member.get("name") for _, member in identity.family(enquiry.citizen_id)]
    return [name for name in names if name]
