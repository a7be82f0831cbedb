"""One function's own process: it reads the engine's stream or queue and calls the handler.

    python -m infra.local.function_process stream HANDLER
    python -m infra.local.function_process queue HANDLER QUEUE HIDDEN_SECONDS
    python -m infra.local.function_process timers NAME...

It does what Lambda's event source mappings do; HANDLER is named as for Lambda. It may be killed at
any point: what was not answered comes again.
"""

import ctypes
import importlib
import signal
import sys
from typing import Any, Final

from chalicelib.core import logs
from infra.local import readers, timers

_PR_SET_PDEATHSIG: Final = 1


def main(kind: str, *about: str) -> None:
    """Run until killed, or until the parent is gone."""
    # The parent decides what ends; a terminal's Ctrl-C reaches the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.configure()
    if kind == "timers":
        # It ends with its input; the thread that started it may end much earlier.
        timers.serve(about, sys.stdin, sys.stdout)
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    module, _, name = about[0].rpartition(".")
    handler: Any = getattr(importlib.import_module(module), name)
    if kind == "stream":
        readers.read_streams(handler)
    else:
        readers.read_queue(about[1], int(about[2]), handler)


if __name__ == "__main__":
    main(*sys.argv[1:])
