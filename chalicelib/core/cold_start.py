"""Imports without garbage collection, for cold starts.

What a module brings stays for the life of the process. The collector does not know: set off by so
many new objects, it looks through all of them again and again, a fifth of a cold start.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_gc() -> Iterator[None]:
    """Pause garbage collection during imports, and exempt what they create from later runs."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
