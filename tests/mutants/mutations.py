"""Makes mutants of modules with the operators of cosmic-ray, in an environment of its own.

Run as `python mutations.py COUNT SEED FILE...`; writes the number of places and the
mutants in JSON: the file, the line, the operator, and the whole mutated source.
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

# `is` for `==` is the same for members of enumerations, and `|` stands between types.
_EQUIVALENT = ("_Is", "_IsNot", "BinaryOperator_BitOr")
# Whether a class is frozen or has slots, or an answer is made anew, is for readers and resources.
_FOR_READERS = ("@dataclass", "@cache")


def main() -> None:
    """Write a seeded sample of the mutants of the files, one a place."""
    count, seed, *files = sys.argv[1:]
    chance = random.Random(int(seed))
    places: dict[Any, list[dict[str, Any]]] = {}
    for file in files:
        for mutant in _mutants(Path(file)):
            places.setdefault((mutant["file"], *mutant["at"]), []).append(mutant)
    chosen = chance.sample(sorted(places), min(int(count), len(places)))
    sample = [_mutated(chance.choice(places[place])) for place in chosen]
    json.dump({"places": len(places), "sample": sample}, sys.stdout)


def _mutants(file: Path) -> Iterator[dict[str, Any]]:
    source = file.read_text()
    lines, tree = source.splitlines(), get_ast(source)
    for name in plugins.operator_names():
        kind = plugins.get_operator(name)
        if kind.arguments() or any(part in name for part in _EQUIVALENT):
            continue
        operator = kind()
        positions = (at for node in ast_nodes(tree) for at in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(positions):
            if not lines[start[0] - 1].lstrip().startswith(_FOR_READERS):
                yield {
                    "file": str(file),
                    "line": start[0],
                    "at": start,
                    "operator": name.removeprefix("core/"),
                    "occurrence": occurrence,
                }


def _mutated(mutant: dict[str, Any]) -> dict[str, Any]:
    operator = plugins.get_operator(f"core/{mutant['operator']}")()
    source = Path(mutant["file"]).read_text()
    return {**mutant, "source": mutate_code(source, operator, mutant["occurrence"])}


if __name__ == "__main__":
    main()
