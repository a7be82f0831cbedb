"""The ports to the platforms that show messages on phones, and to what sends texts and mail."""

from datetime import datetime
from typing import Protocol

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.notifications.domain import Arrival, Dispatch, Message, SendResult, Sent


class ChannelUnavailable(Problem):
    """The platform did not answer, not with sense, or is busy; the message may come again."""

    status = 503
    code = "channel_unavailable"
    title = Text("消息平台暂时无法访问", "The message platform cannot be reached")


class NothingSent(ChannelUnavailable):
    """It said that it sent nothing and might later: another channel may be tried meanwhile."""


class Channel(Protocol):
    """Asks one platform to show a message."""

    platform: str

    def send(self, message: Message, now: datetime) -> SendResult:
        """Ask once; raises ChannelUnavailable where asking again may help."""


class TextService(Protocol):
    """Sends short texts or mail to a number or an address, and tells what became of each.

    It must be asked again only once it knows no message of a reference, or says that it sent none.
    """

    name: str

    def send(self, message: Message, now: datetime) -> Dispatch:
        """Ask once; raises NothingSent, or ChannelUnavailable where it may have been sent."""

    def arrival(self, sent: Sent, now: datetime) -> Arrival:
        """Ask what became of a message; raises ChannelUnavailable."""
