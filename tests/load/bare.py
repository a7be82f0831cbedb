"""The calls of DynamoDB that a request made, made again by a client of the SDK alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config

from chalicelib.core import tables
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS

# Operations with their parameters.
Calls = list[tuple[str, dict[str, Any]]]


@contextmanager
def recorded() -> Iterator[Calls]:
    """Note what the product's client is asked for inside."""
    calls: Calls = []

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        # Each client makes tokens of its own.
        calls.append((model.name, {k: v for k, v in params.items() if k != "ClientRequestToken"}))

    events: Any = tables.client().meta.events
    events.register("before-parameter-build.dynamodb", note)
    try:
        yield calls
    finally:
        events.unregister("before-parameter-build.dynamodb", note)


def of_another(calls: Calls, id_: str) -> Calls:
    """Return the calls as if they were about another id than this one."""
    told = json.dumps(calls).replace(id_, new_id(len(id_)))
    return [(name, params) for name, params in json.loads(told)]


class Bare:
    """A client of its own, which knows nothing of the product's."""

    def __init__(self) -> None:
        """Look for no mistakes in calls, as the product does not."""
        session = botocore.session.get_session()
        config = Config(parameter_validation=False)
        self._sdk: Any = session.create_client("dynamodb", SETTINGS.region, config=config)

    def again(self, calls: Calls) -> Callable[[], None]:
        """Return what makes these calls."""
        ready = [(getattr(self._sdk, xform_name(name)), params) for name, params in calls]

        def make() -> None:
            for operation, params in ready:
                operation(**params)

        return make
