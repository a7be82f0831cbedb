"""The outside world on one machine: each stand-in is a small honest server under /stand-ins/."""

from pathlib import Path
from typing import Final

# The templates that a city would have registered with WeChat and Alipay.
MESSAGE_TEMPLATES: Final = Path(__file__).parent / "message_templates.json"
