"""By what right a citizen acts for another, as the rooms below mandates know it."""

from collections.abc import Callable
from typing import Any, Protocol


class Standing(Protocol):
    """By what right one citizen (`agent`) acts for another, and names of it."""

    @property
    def agent(self) -> str:
        """Return who acts."""

    @property
    def granted_by(self) -> str:
        """Return what things remember of it."""

    def holds(self, made: tuple[str, str] | None = None) -> Callable[[Any], None]:
        """Return what lets a transaction fail once the right is gone.

        It notes what is `made` by it, as a kind of thing and an id.
        """

    def check(self, service_id: str | None = None) -> None:
        """Raise what the right lacks now, for a service too if one is named."""
