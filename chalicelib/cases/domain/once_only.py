"""How much of an application had not to be asked again: the once-only principle, measured."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.cases.domain.prefill import Known


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """Of `cases` the fields that were `asked`, of these `filled` in, of these `kept` as they were.

    `waived` of `papers` needed no new file: a certificate, a look-up or an earlier file was given.
    """

    cases: int
    asked: int
    filled: int
    kept: int
    papers: int
    waived: int


def measured(
    form: Mapping[str, Any],
    known: Mapping[str, Known],
    papers: Collection[str],
    waived: Collection[str],
) -> OnceOnly:
    """Measure one application: its form as it was lodged, and what was known before."""
    filled = [name for name in form if name in known]
    kept = [name for name in filled if known[name].value == form[name]]
    not_asked = [paper for paper in papers if paper in waived]
    return OnceOnly(1, len(form), len(filled), len(kept), len(papers), len(not_asked))
