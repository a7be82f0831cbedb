"""What mandates hold about a citizen: exported, and taken back on leaving."""

from typing import Final

from chalicelib.identity.service import personal
from chalicelib.mandates.service.answers import held_about, withdraw_consents

PERSONAL_DATA: Final = personal.Holder(
    "mandates", held_about, lambda _citizen_id: [], withdraw_consents
)
