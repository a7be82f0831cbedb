import pytest

from chalicelib.core import auth
from chalicelib.core.auth import Access, Caller, Citizen, Staff
from chalicelib.core.errors import Forbidden, RecentlyJoined, Unauthenticated

CITIZEN = Citizen("citizen1", "person1", "real_name")
JOINED = Citizen("citizen2", "person2", "real_name", link="link1", trusted=False)
CLERK = Staff("clerk1", frozenset({"clerk"}), frozenset({"hall-1"}))
SCREEN = Staff("screen1", frozenset({auth.DEVICE}), frozenset({"hall-1"}))


@pytest.mark.parametrize(
    ("access", "caller", "refusal"),
    [
        (auth.public, None, None),
        (auth.signature, None, None),
        (auth.anyone, None, None),
        (auth.anyone, CLERK, Forbidden),
        (auth.citizen, None, Unauthenticated),
        (auth.citizen, CITIZEN, None),
        (auth.citizen, CLERK, Forbidden),
        (auth.trusted, JOINED, RecentlyJoined),
        (auth.citizen, JOINED, None),
        (auth.staff("clerk", "admin"), CLERK, None),
        (auth.staff("supervisor"), CLERK, Forbidden),
        (auth.staff("clerk"), CITIZEN, Forbidden),
        (auth.staff("clerk"), SCREEN, Forbidden),
        (auth.staff_or_device("clerk"), SCREEN, None),
        (auth.logged_in, SCREEN, Forbidden),
        (auth.logged_in, CLERK, None),
    ],
)
def test_a_route_lets_through_whom_it_says(
    access: Access, caller: Caller | None, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        access.check(caller)
        return
    with pytest.raises(refusal):
        access.check(caller)
