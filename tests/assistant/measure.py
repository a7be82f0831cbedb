"""How well the assistant answers: questions with their expected sources, in two halves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.assistant.domain.answers import Context, Findings
from chalicelib.assistant.domain.ready_answers import ReadyAnswer, of_guides
from chalicelib.assistant.domain.retrieval import Knowledge, find
from chalicelib.catalogue.domain import Office, Service, parse_office, parse_service
from chalicelib.catalogue.domain.search import SearchIndex
from chalicelib.catalogue.service.publishing import DATA, completed_service
from chalicelib.core.i18n import Lang
from chalicelib.enquiries.domain import PublishedAnswer

_DEEDS: Final = ("progress", "cancel", "complain")
LATER: Final = "questions_later.txt"
FILES: Final[dict[Lang, str]] = {"zh-CN": "questions_zh.txt", "en": "questions_en.txt"}


@dataclass(frozen=True)
class Asked:
    """A question, its language, and what should answer it."""

    text: str
    lang: Lang
    expected: str

    def is_right(self, found: Findings) -> bool:
        """Tell whether the answer is the expected one, and of no other matter."""
        if self.expected == "unknown":
            return not found.known
        if self.expected in _DEEDS:
            return found.deed == self.expected
        services, _, place = self.expected.partition("/")
        answered = {(one.source.service_id, one.source.pointer) for one in found.sentences}
        meant = set(services.split("+"))
        return {service for service, _ in answered} == meant and all(
            any(one == service and pointer.startswith(f"/{place}") for one, pointer in answered)
            for service in meant
        )


def questions(lang: Lang) -> list[Asked]:
    """Return the questions of a language, in the order of the file."""
    return [Asked(text, lang, expected) for expected, text in _said(FILES[lang])]


def later_questions() -> list[Asked]:
    """Return the questions that were asked when the assistant stood."""
    said = _said(LATER)
    return [Asked(text, "en" if text.isascii() else "zh-CN", to) for to, text in said]


def _said(name: str) -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / name).read_text().splitlines()
    pairs = [line.split(": ", 1) for line in lines if line and not line.startswith("#")]
    return [(expected, text) for expected, said in pairs for text in said.split(" | ")]


@cache
def knowledge() -> Knowledge:
    """Return what the demonstration's catalogue knows, with nothing published."""
    data = json.loads((DATA / "catalogue.json").read_text())
    services = [parse_service(completed_service(one, data)) for one in data["services"]]
    hours = data["opening_hours"]
    offices = [parse_office(one, one.get("hours", hours)) for one in data["offices"]]
    by_id = {one.service_id: one for one in services}

    def ready(text: str, lang: Lang) -> ReadyAnswer | None:
        return of_guides(text, services, lang)

    def offices_of(service: Service) -> Sequence[Office]:
        return [one for one in offices if one.counters.get(service.category)]

    return Knowledge(SearchIndex(services).likest, by_id.get, offices_of, lambda: offices, ready)


def answer(text: str, lang: Lang = "zh-CN", context: Context | None = None) -> Findings:
    """Return what is found for a question."""
    return find(text, context or Context(), knowledge(), lang)


def published(question_id: str, question: str, answer: str) -> PublishedAnswer:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    said: Any = ({"zh-CN": question}, {"zh-CN": answer})
    return PublishedAnswer(question_id, "hall-330200", None, at, *said)


def main() -> None:
    """Print the figures and what is wrong in the half that is tuned on."""
    for lang in FILES:
        for half in (0, 1):
            asked = questions(lang)[half::2]
            wrong = [(one, answer(one.text, lang)) for one in asked]
            wrong = [(one, found) for one, found in wrong if not one.is_right(found)]
            sure = sum(found.known for _, found in wrong)
            print(lang, half, len(asked), "wrong", len(wrong), "sure", sure)  # noqa: T201
            for one, found in wrong if half == 0 else ():
                told = [(s.source.service_id, s.source.pointer) for s in found.sentences][:4]
                print("  ", one.expected, one.text, round(found.confidence, 2), told)  # noqa: T201


if __name__ == "__main__":
    main()
