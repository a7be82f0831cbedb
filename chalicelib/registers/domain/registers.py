"""The registers that may be asked, read from the room's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core.i18n import Text


@dataclass(frozen=True, slots=True)
class Register:
    """A register, who keeps it, and what it can be asked to confirm, in people's words."""

    register_id: str
    title: Text
    keeper: Text
    claims: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a citizen agrees to before a register is asked."""

    version: str
    text: Text


@dataclass(frozen=True, slots=True)
class Registers:
    """All registers, by their ids, and the consent that each look-up needs."""

    consent: Consent
    by_id: Mapping[str, Register]


def parse_registers(data: Mapping[str, Any]) -> Registers:
    """Read the registers' JSON."""
    consent = Consent(data["consent"]["version"], _text(data["consent"]["text"]))
    registers = [
        Register(
            one["id"],
            _text(one["title"]),
            _text(one["keeper"]),
            {claim: _text(words) for claim, words in one["claims"].items()},
        )
        for one in data["registers"]
    ]
    return Registers(consent, {one.register_id: one for one in registers})


def _text(words: Mapping[str, str]) -> Text:
    return Text(words["zh-CN"], words["en"])
