"""Layers that the embedded engine unpacks once for all who run functions, as AWS does.

By itself it unpacks a layer, a quarter of a gigabyte, for each of its workers, and anew for each
that follows one whose function failed. Where many fail, as while a table is gone, it does little
else, and answers nobody for minutes; an update of a stack, which ends all workers and removes what
they unpacked, then seems to hang. What it unpacked was left behind when it stopped.
"""

import io
import os
import tempfile
import threading
import zipfile
from typing import Any, Final

from ministack.core import lambda_runtime as _runtime
from ministack.services import lambda_svc as _functions

# The engine is untyped.
runtime: Final[Any] = _runtime
functions: Final[Any] = _functions
# By this the engine tells a worker where layers are.
_FOLDERS: Final = "_LAMBDA_LAYERS_DIRS"
_one_at_a_time: Final = threading.Lock()
_unpacked: Final[dict[str, str]] = {}


def unpack_once() -> None:
    """Let workers share what was unpacked, in the temporary folder of the engine's process."""
    spawn = runtime.Worker._spawn

    def spawn_sharing(worker: Any) -> None:
        own = worker.config
        folders = os.pathsep.join(_folder(layer) for layer in own.get("Layers", ()))
        variables = {**own.get("Environment", {}).get("Variables", {}), _FOLDERS: folders}
        worker.config = {**own, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(worker)
        finally:
            worker.config = own

    runtime.Worker._spawn = spawn_sharing


def _folder(layer: Any) -> str:
    """Return where a version of a layer is unpacked; a version never changes."""
    with _one_at_a_time:
        arn = layer["Arn"] if isinstance(layer, dict) else layer
        if arn not in _unpacked:
            folder = tempfile.mkdtemp(prefix="layer-")
            with zipfile.ZipFile(io.BytesIO(functions._resolve_layer_zip(layer))) as archive:
                archive.extractall(folder)
            _unpacked[arn] = folder
        return _unpacked[arn]
