"""What a person's phone is to do about a payment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ActionKind = Literal["qr_code", "redirect", "wx_request_payment", "my_trade_pay", "card", "none"]


@dataclass(frozen=True, slots=True)
class Action:
    """What the person's phone is to do; `fields` are as the contract names them."""

    kind: ActionKind
    fields: Mapping[str, str] = field(default_factory=dict)
