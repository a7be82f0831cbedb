"""What a look at a citizen's data says: who looked, in which role, at which thing."""

import pytest

from chalicelib.identity.domain import DataAccess, role_of


@pytest.mark.parametrize(
    ("what", "subject"),
    [
        ("case:7Kx2", ("case", "7Kx2")),
        ("case:7Kx2/materials/photo", ("case", "7Kx2")),
        ("history:hall-330200", ("history", "hall-330200")),
        ("identity", ("person", "abcdefgh")),
        ("profile", ("person", "abcdefgh")),
        # As it was recorded once.
        ("7Kx2abcdefgh", ("delivery", "7Kx2abcdefgh")),
    ],
)
def test_a_look_names_its_thing(what: str, subject: tuple[str, str]) -> None:
    look = DataAccess("2026-03-02T09:30:00+08:00", "clerk", "reception", what)
    assert look.subject("abcdefgh") == subject


@pytest.mark.parametrize(
    ("staff_id", "roles", "role"),
    [
        ("anna", {"clerk"}, "clerk"),
        ("anna", {"auditor", "clerk", "supervisor"}, "supervisor"),
        ("anna", {"auditor", "admin"}, "admin"),
        ("anna", set(), None),
        ("register:property", set(), "register"),
        ("subscriber:a1", set(), "subscriber"),
    ],
)
def test_a_look_is_in_one_role(staff_id: str, roles: set[str], role: str | None) -> None:
    assert role_of(staff_id, roles) == role
