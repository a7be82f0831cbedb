"""The registers that may be asked, and the consent that each look-up needs; read once."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.registers.domain import Register, Registers, parse_registers

_FILE: Final = Path(__file__).parents[1] / "data" / "registers.json"


@cache
def known() -> Registers:
    """Return all registers and the consent."""
    return parse_registers(json.loads(_FILE.read_text()))


def register_of(register_id: str) -> Register:
    """Return a register that the catalogue names, or a look-up was made in."""
    return known().by_id[register_id]
