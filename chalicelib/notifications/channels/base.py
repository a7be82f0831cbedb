"""The port to the platforms that show messages on phones."""

from datetime import datetime
from typing import Protocol

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.notifications.domain import Message, SendResult


class ChannelUnavailable(Problem):
    """The platform did not answer, not with sense, or is busy; the message may come again."""

    status = 503
    code = "channel_unavailable"
    title = Text("消息平台暂时无法访问", "The message platform cannot be reached")


class Channel(Protocol):
    """Asks one platform to show a message."""

    platform: str

    def send(self, message: Message, now: datetime) -> SendResult:
        """Ask once; raises ChannelUnavailable where asking again may help."""
