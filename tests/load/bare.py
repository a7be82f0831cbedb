"""The calls of DynamoDB that a request makes, by the SDK alone."""

import itertools
from collections.abc import Sequence
from typing import Any

import botocore.session
from botocore.config import Config

from chalicelib.appointments import storage
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from tests.appointments.world import HALL
from tests.load import textbook

_SLOTS = f"S#{HALL}#identity"


class Bare:
    """Asks by a client of its own, which knows nothing of the product's."""

    def __init__(self, slots: Sequence[str]) -> None:
        """Book seats of these slots, by their ids."""
        session = botocore.session.get_session()
        # The product looks for no mistakes in its calls either.
        config = Config(parameter_validation=False)
        self.sdk: Any = session.create_client("dynamodb", SETTINGS.region, config=config)
        self._slots = itertools.cycle(f"{one.rpartition('.')[2]}#00" for one in slots)
        self._counter = f"BARE#{new_id()}"
        textbook.make_slot(self._counter, 1_000_000)

    def book(self) -> None:
        """Take a seat of a slot, and write what the textbook writes of a booking."""
        self.sdk.update_item(
            TableName=storage.TABLE.name,
            Key={"pk": {"S": _SLOTS}, "sk": {"S": next(self._slots)}},
            UpdateExpression="ADD #seats :seat SET #touched = :now, #sweep = :list",
            ConditionExpression=(
                "attribute_exists(#capacity) AND attribute_not_exists(#closed) AND "
                "(attribute_not_exists(#seats) OR size(#seats) < #capacity)"
            ),
            ExpressionAttributeNames={
                f"#{name}": name for name in ("capacity", "closed", "seats", "sweep", "touched")
            },
            ExpressionAttributeValues={
                ":seat": {"SS": [new_id()]},
                ":now": {"N": "1"},
                ":list": {"S": "sweep"},
            },
            ReturnValues="UPDATED_OLD",
        )
        textbook.book(self._counter, new_id(), self.sdk)

    def board(self, day: str) -> None:
        """Read a day's slots, and the appointments that have their seats."""
        seats = [one["seats"]["SS"] for one in self.days(day, day) if "seats" in one]
        ids = {seat[:16] for some in seats for seat in some}
        keys = [{"pk": {"S": f"C#{one[:8]}"}, "sk": {"S": f"A#{one}"}} for one in sorted(ids)]
        for first in range(0, len(keys), 100):
            self.sdk.batch_get_item(
                RequestItems={storage.TABLE.name: {"Keys": keys[first : first + 100]}}
            )

    def days(self, first: str, last: str) -> list[Any]:
        """Read the slots of some days."""
        found = self.sdk.query(
            TableName=storage.TABLE.name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": _SLOTS},
                ":first": {"S": first},
                ":last": {"S": f"{last}~"},
            },
        )
        slots: list[Any] = found["Items"]
        return slots
