"""The kinds of caller that every route is asked by, and what whole kinds of route answer them."""

from typing import Final

WHO: Final = (
    "nobody", "owner", "other", "clerk", "far_clerk", "supervisor", "auditor", "admin",
)  # fmt: skip
Answers = tuple[int, ...]
Table = dict[tuple[str, str], Answers]

ALL: Final[Answers] = (200,) * 8
CITIZEN_ONLY: Final[Answers] = (401, 200, 200, 403, 403, 403, 403, 403)
OWNER_ONLY: Final[Answers] = (401, 200, 404, 403, 403, 403, 403, 403)
# A body that is not right shows that access was granted: it is looked at only then.
READABLE: Final[Answers] = (422,) * 8
CITIZEN_WRITES: Final[Answers] = (401, 422, 422, 403, 403, 403, 403, 403)
