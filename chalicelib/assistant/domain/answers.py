"""Answers: sentences with their sources, what one can do next, and how sure the answer is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.assistant.domain.topics import Deed, Topic
from chalicelib.core.i18n import Lang

ActionKind = Literal["guide", "book", "apply", "progress", "enquire"]
# Below it the answer says that it does not know.
KNOWN_FROM: Final = 0.5


@dataclass(frozen=True, slots=True)
class Source:
    """Where a sentence stands: a JSON Pointer (RFC 6901) into a service's guide.

    A published answer is `/questions/{question_id}`, of a service or of none.
    """

    service_id: str | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that the catalogue or a published answer says."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Action:
    """What one can do next; `target` is a service, a kind of enquiry, or which of one's things."""

    kind: ActionKind
    target: str


@dataclass(frozen=True, slots=True)
class Context:
    """What was talked about, for the next question: services and topics, no person."""

    service_ids: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for a question.

    `sentences` answer it; `passages` are all that is known of the matter, out of which a language
    model may choose and put together. `deed` is what is asked to be done, if that is asked.
    """

    sentences: tuple[Sentence, ...] = ()
    passages: tuple[Sentence, ...] = ()
    actions: tuple[Action, ...] = ()
    confidence: float = 0.0
    context: Context = Context()
    deed: Deed | None = None

    @property
    def known(self) -> bool:
        """Tell whether the question was understood."""
        return self.confidence >= KNOWN_FROM


# (masked question, language, what was found) -> the sentences of the answer.
Answerer = Callable[[str, Lang, Findings], Sequence[Sentence]]


def embedded(_text: str, _lang: Lang, findings: Findings) -> Sequence[Sentence]:
    """Answer by what was found, word for word."""
    return findings.sentences
