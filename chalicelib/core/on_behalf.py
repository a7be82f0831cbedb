"""For whom somebody acts, as bodies and queries say it."""

from typing import Literal, Self

from pydantic import model_validator

from chalicelib.core.http_messages import BodyModel, Id

ActorKind = Literal["family", "guardian", "agent", "organisation"]


class ActedBy(BodyModel):
    """Who does it for another: family, a minor's guardian, an agent, or an organisation's member.

    The name is masked, and there only where one thing was opened.
    """

    kind: ActorKind
    name: str | None = None


class OnBehalfOf(BodyModel):
    """For whom one acts: by a mandate, or as a member of an organisation."""

    mandate_id: Id | None = None
    organisation_id: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.mandate_id is None) == (self.organisation_id is None):
            raise ValueError("give either mandate_id or organisation_id")
        return self

    @property
    def right_id(self) -> str:
        """Return the id of the mandate or the organisation."""
        return self.mandate_id or self.organisation_id or ""
