"""The embedded engine as if its callers had come by TLS, which the policies of the system ask for.

On AWS every endpoint ends TLS before the services; the engine believes the header that a proxy in
front of it would set.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from infra.local import engine_process
from infra.local.engine_process import Keeping
from tests.deployed import layers

_BY_TLS = (b"x-forwarded-proto", b"https")
_answer = Keeping.__call__


async def _by_tls(
    self: Keeping,
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] == "http":
        scope = {**scope, "headers": [*scope["headers"], _BY_TLS]}
    await _answer(self, scope, receive, send)


if __name__ == "__main__":
    setattr(Keeping, "__call__", _by_tls)  # noqa: B010 - a method is replaced on purpose.
    layers.unpack_once()
    engine_process.main()
