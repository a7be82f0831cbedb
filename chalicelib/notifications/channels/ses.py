"""Mail by Amazon SES: `SendEmail` and `GetMessageInsights` of its API v2.

| error | means | we do |
|---|---|---|
| none | taken | ask later whether it arrived |
| MessageRejected, BadRequestException | not to this address, or our words | another channel |
| TooManyRequestsException, LimitExceededException | busy | another channel, or try again later |
| AccountSuspendedException, SendingPausedException, any other | the account | the same, an alarm |
| 5xx, no answer | it may have been sent | try again later: a mail may come twice then |

The insights are there where the account's Virtual Deliverability Manager is on: DELIVERY is
arrived, a BOUNCE that is permanent is a dead address, any other not arrived. An alarm is a line of
the log at ERROR; neither addresses nor words are logged.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.notifications.channels.base import ChannelUnavailable, NothingSent
from chalicelib.notifications.domain import Arrival, Dispatch, Message, SendResult, Sent

_LOG: Final = logging.getLogger("onetrip.notifications")
_REFUSED: Final = frozenset({"MessageRejected", "BadRequestException"})
_BUSY: Final = frozenset({"TooManyRequestsException", "LimitExceededException"})
_BROKEN: Final = 500


class Ses:
    """Asks SES to send mail."""

    name = "ses"

    def __init__(self, client: Any, sender: str) -> None:
        """`client` is one of sesv2 that never asks twice by itself."""
        self._client = client
        self._sender = sender

    def send(self, message: Message, now: datetime) -> Dispatch:  # noqa: ARG002 - the port's.
        """Ask once; raises NothingSent, or ChannelUnavailable where it may have been sent."""
        simple = {
            "Subject": {"Data": message.values["title"], "Charset": "UTF-8"},
            "Body": {"Text": {"Data": message.values["body"], "Charset": "UTF-8"}},
        }
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [message.to]},
                Content={"Simple": simple},
                EmailTags=[{"Name": "reference", "Value": message.reference}],
            )
        except ClientError as error:
            return Dispatch(self._refusal(error))
        except BotoCoreError as error:
            _LOG.warning("channel_unanswered", extra={"provider": self.name})
            raise ChannelUnavailable(retry_after=5) from error
        if not answer.get("MessageId"):
            # The SDK reads what is no JSON as an answer without members.
            raise ChannelUnavailable(retry_after=5)
        return Dispatch(SendResult.TAKEN, str(answer["MessageId"]))

    def arrival(self, sent: Sent, now: datetime) -> Arrival:  # noqa: ARG002 - the port's.
        """Ask for what happened to the mail; raises ChannelUnavailable."""
        if not sent.message_id:
            return Arrival.UNKNOWN
        try:
            answer = self._client.get_message_insights(MessageId=sent.message_id)
        except ClientError as error:
            if error.response["Error"].get("Code") == "NotFoundException":
                return Arrival.PENDING
            raise ChannelUnavailable(retry_after=5) from error
        except BotoCoreError as error:
            raise ChannelUnavailable(retry_after=5) from error
        events = [event for one in answer.get("Insights", ()) for event in one.get("Events", ())]
        return _arrival(events)

    def _refusal(self, error: ClientError) -> SendResult:
        code = str(error.response["Error"].get("Code"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _BROKEN)
        facts = {"provider": self.name, "vendor_code": code[:64]}
        if code in _REFUSED:
            _LOG.warning("message_refused", extra=facts)
            return SendResult.REFUSED
        if status >= _BROKEN:
            _LOG.warning("message_refused", extra=facts)
            raise ChannelUnavailable(retry_after=5) from error
        _LOG.log(
            logging.WARNING if code in _BUSY else logging.ERROR, "message_refused", extra=facts
        )
        raise NothingSent(retry_after=5) from error


def _arrival(events: list[Mapping[str, Any]]) -> Arrival:
    types = {event.get("Type") for event in events}
    bounces = [
        event.get("Details", {}).get("Bounce", {})
        for event in events
        if event.get("Type") == "BOUNCE"
    ]
    if any(bounce.get("BounceType") == "PERMANENT" for bounce in bounces):
        return Arrival.UNREACHABLE
    if bounces or "REJECT" in types or "RENDERING_FAILURE" in types:
        return Arrival.FAILED
    return Arrival.ARRIVED if "DELIVERY" in types else Arrival.PENDING
