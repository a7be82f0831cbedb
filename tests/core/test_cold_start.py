import gc

import pytest

from chalicelib.core.cold_start import paused_gc


def test_nothing_is_collected_inside_and_all_of_it_is_frozen() -> None:
    frozen = gc.get_freeze_count()
    try:
        with paused_gc():
            assert not gc.isenabled()
            brought = [[number] for number in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen + len(brought)
    finally:
        gc.unfreeze()


def test_the_collector_is_back_after_a_failure() -> None:
    with pytest.raises(ImportError), paused_gc():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()
