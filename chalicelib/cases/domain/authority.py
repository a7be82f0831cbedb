"""Whether a parent agreed to what was lodged for them: asked at the visit or the door.

For some services that an aged parent needs (`consent: at_handover`) the application comes first.
"""

from typing import Literal

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text

# None where there was nothing to check.
Authority = Literal["unchecked", "checked"]


class AuthorityUnchecked(Problem):
    """Nobody of the office has asked the parent yet; `current` is the case's state."""

    status = 409
    code = "authority_unchecked"
    title = Text(
        "须先当面核实老人本人同意代办", "The parent must be asked in person before this step"
    )
