"""Lists of what is due: done until nothing is left, or until a run has no time to begin more."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from chalicelib.core import worker
from chalicelib.core.parallel import InTime

T = TypeVar("T")
R = TypeVar("R")


def drain(
    function: str,
    list_due: Callable[[int], Iterable[T]],
    work: Callable[[T], R],
    in_time: InTime,
    *,
    name: Callable[[T], str] = str,
) -> list[R]:
    """Do what is due, some at once, as far as time allows; return the answers.

    `list_due` lists some, and so many more of each bucket: one's trouble does not stop the rest,
    which is read beyond it. What is left the next run does.
    """
    answers, failed, seen = list[R](), 0, set[T]()
    while in_time:
        due = [one for one in list_due(failed) if one not in seen]
        if not due:
            break
        done = worker.each(function, due, work, name=name, through=in_time.map)
        answers += done
        failed += len(due) - len(done)
        # The index may show for a moment what was done.
        seen.update(due)
    return answers
