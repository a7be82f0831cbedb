"""How long an application is kept that is not lodged yet."""

from datetime import datetime, timedelta

import pytest

from chalicelib.cases.domain.drafts import Draft
from tests.support.clock import MONDAY


@pytest.mark.parametrize(("moment", "kept"), [(-1, True), (0, False), (1, False)])
def test_its_last_second_is_its_own(moment: int, *, kept: bool) -> None:
    draft = Draft("no-criminal-record", {}, MONDAY)
    assert draft.expires_at == MONDAY + timedelta(days=90)
    now: datetime = draft.expires_at + timedelta(seconds=moment)
    assert draft.is_kept(now) is kept
