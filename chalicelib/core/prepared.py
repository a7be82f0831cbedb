"""Writes put together once: their texts are the same for all of a form, and only values differ.

DynamoDB takes an expression's values beside its text, as SQL's prepared statements take parameters.
pynamodb writes both anew for each write, which costs as much as to sign it. Here it writes them
once, with a mark in the place of each value that is given later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.connection.base import BOTOCORE_EXCEPTIONS
from pynamodb.constants import UPDATE_ITEM
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Value

from chalicelib.core.items import key_of
from chalicelib.core.tables import Keys, Record

# A write as DynamoDB is asked for it, alone or in a transaction.
Parameters = dict[str, Any]
_VALUES: Final = "ExpressionAttributeValues"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Stands where a value will be given under a name."""

    name: str


def parameter(name: str, type_: str = "S") -> Value:
    """Return a value that each write gives anew, of the type `S`, `N` or `SS`."""
    return Value({type_: _Mark(name)})


def element(name: str) -> Any:
    """Return a text that each write gives anew, where a condition says that a set contains it."""
    return _Mark(name)


class Prepared:
    """One form of a conditional put, or update, of one kind of record; for all threads."""

    def __init__(
        self,
        kind: type[Record],
        condition: Condition,
        actions: Sequence[Any] | None = None,
        return_values: str | None = None,
    ) -> None:
        """Put it together, with parameters among its values; without actions it is a put."""
        self._kind = kind
        made = kind._get_connection().get_operation_kwargs(  # noqa: SLF001 - as its update() does.
            "", "", actions=actions, condition=condition, return_values=return_values
        )
        del made["Key"]
        values: Mapping[str, Mapping[str, Any]] = made.pop(_VALUES)
        self._same = made
        self._fixed: dict[str, Mapping[str, Any]] = {}
        self._given: list[tuple[str, str, str]] = []
        for place, typed in values.items():
            [(type_, value)] = typed.items()
            if isinstance(value, _Mark):
                self._given.append((place, type_, value.name))
            else:
                self._fixed[place] = typed

    def put(self, item: Mapping[str, Any], given: Mapping[str, Any]) -> Parameters:
        """Return the put of an item; values by name are texts, whole numbers, or sets."""
        return {**self._same, "Item": item, _VALUES: self._values(given)}

    def update(self, keys: Keys, given: Mapping[str, Any]) -> Parameters:
        """Return the update of what is at these keys; values as for `put`."""
        return {**self._same, "Key": key_of(keys), _VALUES: self._values(given)}

    def send_update(self, keys: Keys, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Update alone and return the answer; raises UpdateError, as a record's `update`."""
        try:
            table = self._kind._get_connection()  # noqa: SLF001 - its update() returns no answer.
            answer: Mapping[str, Any] = table.connection.dispatch(
                UPDATE_ITEM, self.update(keys, given)
            )
        except BOTOCORE_EXCEPTIONS as error:
            message = f"Failed to update item: {error}"
            raise UpdateError(message, error) from error
        return answer

    def _values(self, given: Mapping[str, Any]) -> Parameters:
        values = {place: {type_: _WRITTEN[type_](given[n])} for place, type_, n in self._given}
        return {**self._fixed, **values}


# How DynamoDB's JSON has each type.
_WRITTEN: Final[Mapping[str, Callable[[Any], Any]]] = {"S": str, "N": str, "SS": sorted}
