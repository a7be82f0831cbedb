"""The textbook's booking, to compare with: one transaction over a counter, a guard, the booking."""

from typing import Any, cast

from botocore.exceptions import ClientError

from chalicelib.appointments.storage import TABLE
from chalicelib.core import tables


def make_slot(slot: str, capacity: int) -> None:
    """Put a slot with its counter."""
    _client().put_item(TableName=TABLE.name, Item=_item(slot, "slot", capacity=capacity, taken=0))


def book(slot: str, citizen: str) -> bool:
    """Book; False when the slot is full or the citizen has booked."""
    there = "attribute_not_exists(pk)"
    words = {"seq": 1, "capacity": 20}
    try:
        _client().transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": TABLE.name,
                        "Key": _item(slot, "slot"),
                        "UpdateExpression": "ADD #taken :one",
                        "ConditionExpression": "#taken < #capacity",
                        "ExpressionAttributeNames": {"#capacity": "capacity", "#taken": "taken"},
                        "ExpressionAttributeValues": {":one": {"N": "1"}},
                    }
                },
                _put(_item(f"GUARD#{citizen}", slot), there),
                _put(_item(f"BOOKING#{citizen}", slot, **words), there),
                _put(_item(f"ENTRY#{citizen}", slot, **words), there),
            ]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return False
    return True


def taken(slot: str) -> int:
    """Return how many seats the counter says are taken."""
    found = _client().get_item(TableName=TABLE.name, Key=_item(slot, "slot"), ConsistentRead=True)
    return int(found["Item"]["taken"]["N"])


def _put(item: dict[str, Any], condition: str) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE.name, "Item": item, "ConditionExpression": condition}}


def _item(pk: str, sk: str, **numbers: int) -> dict[str, Any]:
    values = {name: {"N": str(value)} for name, value in numbers.items()}
    return {"pk": {"S": pk}, "sk": {"S": sk}, **values}


def _client() -> Any:
    return cast("Any", tables.client())
