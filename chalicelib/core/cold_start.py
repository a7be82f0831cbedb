"""Importing without looking for garbage.

What a module brings stays for the life of the process. The collector does not know: set off by so
many new objects, it looks through all of them again and again, a fifth of a cold start.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_gc() -> Iterator[None]:
    """Leave what is imported meanwhile out of all looking for garbage, now and later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
