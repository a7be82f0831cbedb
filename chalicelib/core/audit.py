"""The histories of all rooms, for auditors: shown, exported with a proof, and verified.

`python -m chalicelib.core.audit FILE KEYS` verifies an exported history without this server: FILE
is what `GET /v1/admin/audit/{subject_id}` answered, KEYS what `GET /v1/keys` publishes. With
`--anchor ANCHORS`, what `GET /v1/anchors` published, it finds also a chain that was rewritten with
its end.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from chalicelib.core import history
from chalicelib.core.history import Entry, Finding, Head
from chalicelib.core.plugins import registered

PROOF_TYPE: Final = "history+jwt"


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """What a room keeps of a subject: its entries and the end that its own record names.

    `office_id` is the hall whose auditors may see it, None where it belongs to none; `citizen_id`
    whose it is, None where it is nobody's.
    """

    entries: tuple[Entry, ...]
    head: Head
    office_id: str | None = None
    citizen_id: str | None = None


Source = Callable[[str], SubjectHistory | None]
AnchorCheck = Callable[[str, SubjectHistory], Finding | None]
Halls = Callable[..., Iterable[str]]
Name = Callable[[str], str | None]


def subject_of(given: str) -> str:
    """Return the id of the thing that people call so: by the number on its receipt, or its id."""
    names: tuple[Name, ...] = registered("AUDIT_NAMES")
    return next((subject for name in names if (subject := name(given))), given)


def find(subject: str) -> SubjectHistory | None:
    """Return what the room that knows the subject keeps of it."""
    sources: tuple[Source, ...] = registered("AUDIT_SOURCES")
    return next((kept for source in sources if (kept := source(subject))), None)


def may_see(office_ids: frozenset[str], kept: SubjectHistory) -> bool:
    """Tell whether auditors of these halls may see a history.

    What a citizen keeps with no hall is for the halls where they were, and for those who audit the
    whole city; what is nobody's and of no hall is for all.
    """
    if kept.office_id is not None:
        return kept.office_id in office_ids
    if kept.citizen_id is None:
        return True
    city: tuple[Halls, ...] = registered("HALLS_OF_THE_CITY")
    halls_of: tuple[Halls, ...] = registered("HALLS_OF_A_CITIZEN")
    of_city = {office for ask in city for office in ask()}
    return office_ids >= of_city or any(
        office in office_ids for ask in halls_of for office in ask(kept.citizen_id)
    )


def verify(subject: str, kept: SubjectHistory) -> Finding | None:
    """Return the first thing wrong with a history, or None when it is whole."""
    return history.check(subject, kept.entries, kept.head)


def verify_anchored(subject: str, kept: SubjectHistory) -> Finding | None:
    """Return the first entry that is not as it was anchored, or None."""
    checks: tuple[AnchorCheck, ...] = registered("ANCHOR_CHECKS")
    return next((found for check in checks if (found := check(subject, kept))), None)


def exported(
    subject: str, kept: SubjectHistory, sign: Callable[[Mapping[str, Any]], str]
) -> dict[str, Any]:
    """Return a history as JSON, its end proved by a signature over subject, number and hash."""
    claims = {"sub": subject, "seq": kept.head.seq, "hash": kept.head.hash}
    return {
        "subject_id": subject,
        "items": [asdict(entry) for entry in kept.entries],
        "head": {"seq": kept.head.seq, "hash": kept.head.hash},
        "proof": sign(claims),
        "anchors": [one for anchors_of in registered("ANCHORS") for one in anchors_of(subject)],
    }


def verify_export(export: Mapping[str, Any], keys: Mapping[str, Any]) -> Finding | None:
    """Verify an exported history; raises ValueError when the proof is not by one of the keys."""
    import jwt  # noqa: PLC0415 - cold start.

    try:
        header = jwt.get_unverified_header(export["proof"])
        # An access token is signed by the same keys and proves nothing here.
        key = next(
            k for k in keys["keys"] if k["kid"] == header["kid"] and header["typ"] == PROOF_TYPE
        )
        public = jwt.PyJWK(key).key
        proved = jwt.decode(export["proof"], public, algorithms=["EdDSA"])
        subject, head = proved["sub"], Head(proved["seq"], proved["hash"])
        entries = [Entry(**item) for item in export["items"]]
    except (jwt.PyJWTError, KeyError, StopIteration, TypeError) as error:
        message = "the proof of this export is not genuine"
        raise ValueError(message) from error
    return history.check(subject, entries, head)


def verify_anchors(export: Mapping[str, Any], published: Mapping[str, Any]) -> Finding | None:
    """Verify that an exported history is what was anchored, by the anchors that were published.

    Raises ValueError for an anchor that its key did not sign, and for a history in none of them.
    """
    from chalicelib.core.anchoring import (  # noqa: PLC0415 - cold start.
        Anchor,
        Inclusion,
        find_rewritten,
    )

    try:
        keys = {key["kid"]: key for key in published["keys"]}
        anchors = {one["date"]: Anchor.of(one, keys[one["key_id"]]) for one in published["items"]}
        entries = [Entry(**item) for item in export["items"]]
        inclusions = [Inclusion.of(export["subject_id"], one) for one in export["anchors"]]
    except (KeyError, TypeError) as error:
        message = "these are no anchors"
        raise ValueError(message) from error
    false = [date for date, anchor in anchors.items() if not anchor.is_genuine()]
    if false:
        message = f"the anchor of {min(false)} is not genuine"
        raise ValueError(message)
    covered = [one for one in inclusions if one.date in anchors]
    if not covered:
        message = "no anchor given covers this history"
        raise ValueError(message)
    return find_rewritten(entries, covered, anchors)


def main(arguments: list[str]) -> int:
    """Verify a file; 0 when the history is whole, 1 when it is not, 2 when it cannot be told."""
    import argparse  # noqa: PLC0415 - cold start.

    parser = argparse.ArgumentParser("python -m chalicelib.core.audit")
    parser.add_argument("file", type=Path)
    parser.add_argument("keys", type=Path)
    parser.add_argument("--anchor", type=Path, help="what GET /v1/anchors answered")
    asked = parser.parse_args(arguments)
    try:
        export, keys = (json.loads(name.read_text()) for name in (asked.file, asked.keys))
        finding = verify_export(export, keys)
        if asked.anchor and not finding:
            finding = verify_anchors(export, json.loads(asked.anchor.read_text()))
    except (OSError, ValueError) as error:
        print(f"cannot verify: {error}", file=sys.stderr)  # noqa: T201 - a command.
        return 2
    if finding:
        print(f"not whole: entry {finding.seq} was {finding.reason}")  # noqa: T201 - a command.
        return 1
    print(f"whole: {len(export['items'])} entries of {export['subject_id']}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
