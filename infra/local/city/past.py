"""Whether a run is given a past, and what is said of it: a fresh run is, once.

A month that was killed is played on by the next start, unless that one wants none. One that broke
off or took too long is over: what people did since must not be overtaken by what was planned.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from chalicelib.core import dependencies
from chalicelib.core.settings import SETTINGS, SettingsError
from infra.local.city import plan
from infra.local.city.beside import Beside, quiet, undisturbed
from infra.local.city.journal import Ending, Journal
from infra.local.city.play import Play
from infra.local.gate import Site

_LOG: Final = logging.getLogger("onetrip.city")
_ENDINGS: Final = {
    "whole": "A month lies behind this city: {done} acts.",
    "cut": "Of the month behind this city {done} of {all} acts were played in the time there was.",
    "failed": "The month behind this city broke off after {done} of {all} acts; all else is there.",
}


class Past:
    """The month behind a run; `file` is its journal, `clock_file` moves the product's clock."""

    def __init__(self, file: Path, clock_file: Path) -> None:
        """Begin with nothing decided."""
        self._file, self._clock_file = file, clock_file
        self._journal: Journal | None = None

    def is_due(self, *, wanted: bool, fresh: bool) -> bool:
        """Tell whether a month is to be played; if not, the clock is where it was left.

        Raises SettingsError where the run is no demonstration on this machine.
        """
        journal = Journal.load(self._file)
        if journal and journal.ending is None and not wanted:
            journal.close("left")
        if not wanted or (journal and journal.ending) or not (journal or fresh):
            self._come_back()
            return False
        if SETTINGS.stage != "local" or not SETTINGS.demonstration:
            message = "only a demonstration on one machine has a past"
            raise SettingsError(message)
        now = dependencies.clock().now()
        self._journal = journal or Journal.begin(self._file, plan.month_before(now))
        return True

    def play(
        self,
        site: Site,
        prepare: Callable[[], None],
        progress: Callable[[int, int], None],
        is_stopped: Callable[[], bool],
        seconds: float,
    ) -> str:
        """Play the month, and say in a line what came of it; empty when the run was stopped.

        It takes about so many `seconds` at most; `prepare` makes what must be there before.
        """
        journal = self._journal
        if journal is None:
            return ""
        ending: Ending | Literal["stopped"] = "failed"
        until = time.monotonic() + seconds
        with quiet(), undisturbed(), Beside(self._clock_file) as beside:
            planned = plan.planned(journal.month)
            play = Play(journal, self._clock_file, site, planned, effects=beside)
            try:
                play.set_clock(journal.month.begin)
                prepare()
                play.prepare()
                beside.spare(journal.month.end, play.booked())
                ending = play.run(progress, is_stopped, until - time.monotonic())
            except Exception:  # noqa: BLE001 - whatever it was, the run is whole without it.
                _LOG.exception("month_failed")
        if ending == "stopped":
            return ""
        journal.close(ending)
        self._come_back()
        return _ENDINGS[ending].format(done=len(journal.done), all=len(play.acts))

    def _come_back(self) -> None:
        """Let the clock show the present again, unless a person has moved it ahead."""
        if self._clock_file.exists() and int(self._clock_file.read_text()) < 0:
            self._clock_file.unlink()
