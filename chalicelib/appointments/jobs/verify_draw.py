"""Proves a draw offline: `python -m chalicelib.appointments.jobs.verify_draw FILE`.

FILE is what `GET /v1/draws/{draw_id}/file` answers. It asks nobody and imports nothing but the
rules of the proof. It exits with 0 for a draw that is proven, 1 for one that is not, and 2 when it
cannot be told.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.appointments.draws.domain import proof
from chalicelib.appointments.draws.domain.proof import Listed


def findings(file: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the proof of a draw; nothing where it holds."""
    draw = file["draw"]
    if not (draw["seed"] and draw["beacon"] and draw["entries_root"]):
        return ["the draw has not been drawn: there is no seed yet"]
    seed = bytes.fromhex(draw["seed"])
    entries = [Listed(one["number"], tuple(one["preferences"])) for one in file["listed"]]
    places = {one["slot_id"]: one["seats"] for one in file["slots"]}
    numbers = [one.number for one in entries]
    order = proof.order_of(seed, draw["entries_root"], draw["beacon"], numbers)
    outcome = list(proof.outcome_of(order, entries, places).items())
    checks = {
        "the seed is not the one whose hash was published": (
            proof.commitment_of(seed) == draw["commitment"]
        ),
        "the list is not the one whose hash was published at closing": (
            proof.root_of(entries, places) == draw["entries_root"]
        ),
        "a number is in the list twice": len(set(numbers)) == len(numbers),
        "the list has not as many entries as were counted": len(entries) == draw["entries"],
        "the winners are not those of the drawn order": (
            outcome == [(one["number"], one["slot_id"]) for one in file["winners"]]
        ),
    }
    return [wrong for wrong, holds in checks.items() if not holds]


def main(arguments: Sequence[str]) -> int:
    """Check the file that is named, and say so."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: verify_draw FILE\n")
        return 2
    try:
        text = Path(arguments[0]).read_bytes()
    except OSError as error:
        sys.stderr.write(f"cannot verify: {error}\n")
        return 2
    try:
        wrong = findings(json.loads(text))
    except (ValueError, LookupError, TypeError) as error:
        wrong = [f"not the proof of a draw: {type(error).__name__}"]
    for one in wrong:
        sys.stdout.write(f"NOT PROVEN: {one}\n")
    if not wrong:
        sys.stdout.write("proven\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
