"""How far a value walks: which functions of the product it enters, from one module into another."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

Entered = dict[tuple[str, str], None]


@contextmanager
def entered(carries: Callable[[object], bool], until: CodeType | None = None) -> Iterator[Entered]:
    """Note each module and function that gets an argument which carries the value, once each.

    Methods are the value's own, and count for nothing. `until` is the function whose return is the
    end of the walk.
    """
    noted: Entered = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        code, caller = frame.f_code, frame.f_back
        if event == "return" and code is until:
            sys.setprofile(None)
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        crosses = caller is not None and caller.f_code.co_filename != code.co_filename
        is_ours = "/chalicelib/" in code.co_filename and names[:1] != ("self",)
        if event != "call" or not (is_ours and crosses):
            return
        if any(carries(frame.f_locals.get(name)) for name in names):
            noted[code.co_filename.rpartition("/chalicelib/")[2], code.co_qualname] = None

    sys.setprofile(note)
    try:
        yield noted
    finally:
        sys.setprofile(None)
