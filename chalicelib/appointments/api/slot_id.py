"""A slot's id in what clients send, read once into the key that it is."""

from typing import TYPE_CHECKING, Annotated, Any

from chalicelib.appointments.domain.slots import SlotKey, parse_slot_id
from chalicelib.core.http_messages import Id, Opaque

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class _AsSlotKey:
    """Says of a field that a slot's id stands in it."""

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Read an id like any other, and then as a slot's."""
        from pydantic_core import core_schema  # noqa: PLC0415 - cold start.

        as_id = core_schema.plain_serializer_function_ser_schema(lambda key: key.slot_id)
        return core_schema.no_info_after_validator_function(
            _key, handler.generate_schema(Id), serialization=as_id
        )


def _key(slot_id: str) -> SlotKey:
    from pydantic_core import PydanticCustomError  # noqa: PLC0415 - cold start.

    key = parse_slot_id(slot_id)
    if key is None:
        raise PydanticCustomError("unknown", "There is no such slot")
    return key


SlotId = Annotated[SlotKey, _AsSlotKey(), Opaque()]
