"""An endpoint as its messages need it: where they go, and what signs them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go; `secrets` are those that hold now, in clear, newest first."""

    endpoint_id: str
    url: str
    secrets: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Payload:
    """What a message says; `private` are the texts in it that no log of answers may repeat."""

    data: Mapping[str, object]
    private: tuple[str, ...] = ()
