"""Finds the route of a path that the gateway hands over whole (decision 93).

A resource that ends in `{proxy+}` stands for all that is beneath it: API Gateway then tells the
rest of the path, and leaves to us which route was meant.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

GREEDY: Final = "{proxy+}"
_PROXY: Final = "proxy"
# In the tree, for whatever stands where a route has a value.
_VALUE: Final = "{}"
Event = Mapping[str, Any]
# By the next part of a path; at None is the route that ends here.
_Tree = dict[str | None, Any]


class Paths:
    """The routes of an API by their parts; a part that is written out goes before a value."""

    def __init__(self, routes: Iterable[str]) -> None:
        """`routes` are paths with a name in braces for each value."""
        self._routes = routes

    @cached_property
    def _tree(self) -> _Tree:
        """Return the routes by their parts, put together once a path is handed over whole."""
        tree: _Tree = {}
        for route in self._routes:
            node = tree
            for part in _parts(route):
                node = node.setdefault(_VALUE if _is_value(part) else part, {})
            node[None] = route
        return tree

    def named(self, event: Event) -> Event:
        """Return the event as if its very route had been a resource of the gateway.

        What is no route stays as it is.
        """
        context = event.get("requestContext", {})
        resource = context.get("resourcePath") or ""
        if not resource.endswith(GREEDY):
            return event
        path = resource.removesuffix(GREEDY) + event["pathParameters"][_PROXY]
        route = _walk(self._tree, _parts(path))
        if route is None:
            return event
        pairs = zip(_parts(route), _parts(path), strict=True)
        values = {name[1:-1]: value for name, value in pairs if _is_value(name)}
        known = {**context, "resourcePath": route}
        return {**event, "resource": route, "pathParameters": values, "requestContext": known}


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


def _is_value(part: str) -> bool:
    return part.startswith("{")


def _walk(node: _Tree, parts: list[str]) -> str | None:
    if not parts:
        route: str | None = node.get(None)
        return route
    here = (node[key] for key in (parts[0], _VALUE) if key in node)
    return next((found for one in here if (found := _walk(one, parts[1:]))), None)
