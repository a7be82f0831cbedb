"""`python -m infra.openapi FILE`: write the API's document, from which clients make their types."""

import argparse
import os
from pathlib import Path

from infra import commands

# Importing the routes reads the settings; the document is the same in every stage.
os.environ.setdefault("STAGE", "local")


def main(file: Path) -> None:
    """Write the OpenAPI 3.1 document of this very version."""
    import app as _app  # noqa: F401, PLC0415 - importing it declares all routes.
    from chalicelib.core import system_api  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(system_api.document())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m infra.openapi", description=__doc__)
    parser.add_argument("file", type=Path)
    with commands.plainly():
        main(parser.parse_args().file)
