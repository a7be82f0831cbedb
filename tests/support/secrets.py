"""The secrets of this test process, made once: an RSA key costs as much as a whole test."""

import json
import os
from pathlib import Path
from typing import Final

SECRETS: Final = {
    name: str(value)
    for name, value in json.loads(Path(os.environ["SECRETS_FILE"]).read_text()).items()
}
