"""The embedded engine's expressions, which it reads anew for every item that it looks at.

What it makes of a text follows from the text alone and is never changed, so it is remembered. A
Query compares the keys of all items of its partition: those whose sort key is another text are left
out before they are read, and once the engine itself has judged the first item, which finds every
mistake of the expression, texts of the others are compared here.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from ministack.services import dynamodb as _dynamodb

from infra.local import engine_items

# The engine is untyped.
database: Final[Any] = _dynamodb
_KEPT: Final = 4096
_OF_KEYS: Final = "KeyConditionExpression"
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "EQ": operator.eq,
    "LT": operator.lt,
    "LE": operator.le,
    "GT": operator.gt,
    "GE": operator.ge,
}
# Conditions of keys are joined by AND alone, so that brackets change nothing.
_OF_NO_MEANING: Final = ("LPAREN", "RPAREN", "COMMA", "EOF")
Item = Mapping[str, Mapping[str, Any]]
Values = Mapping[str, Mapping[str, Any]]
Names = Mapping[str, str]
Token = tuple[str, str]
# A name, and what a text under it must be.
Clause = tuple[str, Callable[[str], bool]]


class NotOfTexts(Exception):  # noqa: N818 - its name states the fact.
    """A condition that compares more than an item's own texts with given ones."""


def read_once() -> None:
    """Let the engine remember expressions, and compare texts of keys without reading them again."""
    for name in ("_tokenize", "_condition_syntax_error"):
        setattr(database, name, lru_cache(_KEPT)(getattr(database, name)))
    database._evaluate_condition = Remembering(database._evaluate_condition)  # noqa: SLF001
    query = database._query  # noqa: SLF001

    def narrow(asked: Mapping[str, Any]) -> Any:
        table = database._tables.get(asked.get("TableName"))  # noqa: SLF001
        of_table = table and not asked.get("IndexName")
        with engine_items.narrowed(sort_key_tests(asked, table["sk_name"]) if of_table else ()):
            return query(asked)

    database._query = narrow  # noqa: SLF001


def sort_key_tests(asked: Mapping[str, Any], sort_key: str) -> Sequence[Callable[[str], bool]]:
    """Return what a Query asks of a table's sort key; nothing where it is more than texts."""
    values, names = (asked.get(f"ExpressionAttribute{kind}") or {} for kind in ("Values", "Names"))
    try:
        tokens = database._tokenize(asked.get(_OF_KEYS) or "")  # noqa: SLF001
        clauses = list(clauses_of(tokens, values, names))
    except Exception:  # noqa: BLE001 - whatever is wrong, the engine finds it and says so.
        return ()
    return [test for name, test in clauses if name == sort_key]


class Remembering:
    """Judges by a condition as the engine does, after the first item of a Query by its texts."""

    def __init__(self, judge: Callable[..., bool]) -> None:
        """Begin with the engine's own way."""
        self._judge = judge
        # The values of the Query that is answered, by identity, and its clauses.
        self._last: tuple[Any, Sequence[Clause]] = (None, ())
        # A condition upon an item that is not there, of each item of a transaction the same.
        self._judge_nothing = lru_cache(_KEPT)(
            lambda text, names, slot: judge(text, {}, {}, dict(names), slot)
        )

    def __call__(
        self,
        text: str,
        item: Item,
        values: Values,
        names: Names,
        slot: str = "ConditionExpression",
    ) -> bool:
        """Tell whether a condition holds of an item; raises ValueError where it is none."""
        if slot != _OF_KEYS:
            if not item and not values:
                return self._judge_nothing(text, tuple(names.items()), slot)
            return self._judge(text, item, values, names, slot)
        asked, clauses = self._last
        if asked is values:
            return all(_holds(item, clause) for clause in clauses)
        holds = self._judge(text, item, values, names, slot)
        try:
            self._last = (values, tuple(clauses_of(database._tokenize(text), values, names)))  # noqa: SLF001
        except NotOfTexts:
            self._last = (None, ())
        return holds


def clauses_of(tokens: Sequence[Token], values: Values, names: Names) -> Iterator[Clause]:
    """Yield what a condition of keys asks of each text; raises NotOfTexts."""
    left = iter([one for one in tokens if one[0] not in _OF_NO_MEANING])

    def name(given: Token) -> str:
        kind, word = given
        if kind not in ("NAME_REF", "IDENT"):
            raise NotOfTexts
        return names.get(word, word)

    def value() -> str:
        kind, word = next(left, ("", ""))
        text = values.get(word, {}).get("S") if kind == "VALUE_REF" else None
        if not isinstance(text, str):
            raise NotOfTexts
        return text

    for first in left:
        if first[1].lower() == "begins_with":
            yield name(next(left, ("", ""))), _beginning(value())
        else:
            kind, word = next(left, ("", ""))
            if word.upper() == "BETWEEN":
                low = value()
                next(left, None)
                yield name(first), _between(low, value())
            elif kind in _OPERATORS:
                yield name(first), _compared(_OPERATORS[kind], value())
            else:
                raise NotOfTexts
        joined = next(left, ("", "AND"))
        if joined[1].upper() != "AND":
            raise NotOfTexts


def _holds(item: Item, clause: Clause) -> bool:
    text = item.get(clause[0], {}).get("S")
    return text is not None and clause[1](text)


def _beginning(prefix: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(prefix)


def _between(low: str, high: str) -> Callable[[str], bool]:
    return lambda text: low <= text <= high


def _compared(compare: Callable[[str, str], bool], given: str) -> Callable[[str], bool]:
    return lambda text: compare(text, given)
