"""JSON inside of what anybody sends: in tokens, in what a browser or a phone signed."""

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """Return what JSON says; raises ValueError.

    That is also for what is nested too deep to be read, and for half of a pair of surrogates, which
    can stand in JSON and which UTF-8 cannot write.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return value
