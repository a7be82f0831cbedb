"""localstripe in a process of its own: `python -m tests.payments.localstripe_process PORT`.

It is a test tool under the GPL, which nothing of the product imports. It listens on 127.0.0.1 and
keeps nothing on the disk. Two things of Stripe's that it lacks are put around it: a description,
which it would refuse, and idempotency keys, under which the first answer is given again.
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import resources, server  # type: ignore[import-untyped]

_read = server.get_post_data
_answered: dict[str, tuple[int, Any]] = {}


async def _without_description(request: web.Request, *, remove_auth: bool = True) -> Any:
    given = await _read(request, remove_auth)
    if isinstance(given, dict):
        given.pop("description", None)
    return given


@web.middleware
async def _once(request: web.Request, handler: Any) -> Any:
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return await handler(request)
    if key not in _answered:
        answer = await handler(request)
        _answered[key] = answer.status, answer.body
    status, body = _answered[key]
    return web.Response(status=status, body=body, content_type="application/json")


if __name__ == "__main__":
    resources.Store.dump_to_disk = lambda _store: None
    server.get_post_data = _without_description
    server.app.middlewares.append(_once)
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
