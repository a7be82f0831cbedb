"""Imports without garbage collection, a second TLS library and plugins, for cold starts.

What a module brings stays for the life of the process. The collector does not know: set off by so
many new objects, it looks through all of them again and again, a fifth of a cold start.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Where pyOpenSSL is installed (WebAuthn reads certificates with it), botocore would import it with
# all of cryptography; told that it cannot, it uses Python's own ssl, as everywhere else.
sys.modules.setdefault("urllib3.contrib.pyopenssl", None)  # type: ignore[arg-type]

# Pydantic would look for plugins, of which there are none, in what each installed package declares.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


@contextmanager
def paused_gc() -> Iterator[None]:
    """Pause garbage collection during imports, and exempt what they create from later runs."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
