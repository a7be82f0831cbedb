"""The departments that decide what services give, read from the catalogue's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core.i18n import Text


@dataclass(frozen=True, slots=True)
class Department:
    """An office of the government that decides; staff's `department_ids` name it."""

    department_id: str
    name: Text


def parse_department(data: Mapping[str, Any]) -> Department:
    """Read a department from the catalogue's JSON."""
    return Department(data["id"], parse_text(data["name"]))


def parse_text(data: Mapping[str, str]) -> Text:
    """Read words from the catalogue's JSON."""
    return Text(data["zh-CN"], data["en"])
