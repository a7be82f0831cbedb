"""What a client would rather have: weighed lists of headers, and the media type to answer with."""

from collections.abc import Sequence
from typing import Final

_LONGEST: Final = 500


def weighed(header: str) -> list[tuple[str, float]]:
    """Return what a header lists, in lower case, with weights from 0 to 1 (RFC 9110, 12.4.2)."""
    found = []
    for part in header[:_LONGEST].split(","):
        wanted, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if wanted:
            found.append((wanted, _weight(parameters)))
    return found


def media_type(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the offered media type that an Accept header prefers (RFC 9110, 12.5.1).

    Of equals it is the one that was named most exactly, then the first offered; None when none is
    acceptable.
    """
    wanted = dict(weighed(accept or "*/*"))
    ranked = [_rank(one, wanted) for one in offered]
    best = max(ranked, default=(0.0, 0))
    return offered[ranked.index(best)] if best[0] > 0 else None


def _rank(offered: str, wanted: dict[str, float]) -> tuple[float, int]:
    ranges = ("*/*", f"{offered.partition('/')[0]}/*", offered)
    exact = max((n for n, one in enumerate(ranges) if one in wanted), default=None)
    return (0.0, 0) if exact is None else (wanted[ranges[exact]], exact)


def _weight(parameters: list[str]) -> float:
    given = next((p.partition("=")[2] for p in parameters if p.startswith("q=")), "1")
    try:
        weight = float(given)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
