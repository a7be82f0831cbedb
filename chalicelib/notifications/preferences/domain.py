"""What a person wants of notices: by which channels, in which order, and at which hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Final, Literal, get_args

from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.idempotency import Ledger
from chalicelib.notifications.domain.notices import SUBSCRIPTIONS, Subscription

ChannelName = Literal["wechat", "alipay", "sms", "email", "inbox"]
CHANNELS: Final[tuple[ChannelName, ...]] = get_args(ChannelName)
# Services that send texts cost money and know no consents.
TEXTS: Final[tuple[ChannelName, ...]] = ("sms", "email")
# What may be told before it is asked for, each kind if one wants it.
SuggestionKind = Literal["certificate", "age", "newborn", "move"]
SUGGESTION_KINDS: Final[tuple[SuggestionKind, ...]] = get_args(SuggestionKind)
_INBOX: Final[tuple[ChannelName, ...]] = ("inbox",)
# Who is told on the way sets out two hours before, as the last reminder goes.
_ON_THE_WAY: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when, by the offices' clocks, no phone rings for what can wait.

    They may span midnight; none are between the same two times.
    """

    begins: time
    ends: time

    def until(self, now: datetime) -> datetime | None:
        """Return when they end, where it is quiet at a moment."""
        local = office_time(now)
        end = datetime.combine(local.date(), self.ends, OFFICE_ZONE)
        clock = local.time().replace(tzinfo=None)
        if self.begins < self.ends:
            return end if self.begins <= clock < self.ends else None
        if clock < self.ends:
            return end
        is_night = self.begins > self.ends and clock >= self.begins
        return end + timedelta(days=1) if is_night else None


NIGHT: Final = QuietHours(time(22, 0), time(7, 0))
# True are the city's, false are none; None of who has said nothing.
Quiet = bool | QuietHours | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person said; of a kind that they said nothing of, all channels in the usual order.

    `dead` are keyed hashes of a number or address that a service said to be nobody's, by channel.
    """

    quiet_hours: Quiet = None
    channels: Mapping[Subscription, tuple[ChannelName, ...]] = field(default_factory=dict)
    suggestion_kinds: tuple[SuggestionKind, ...] = ()
    dead: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    ledger: Ledger = ()

    @property
    def suggestions(self) -> bool:
        """Tell whether anything may be told before it is asked for."""
        return bool(self.suggestion_kinds)

    def order(self, kind: Subscription) -> tuple[ChannelName, ...]:
        """Return the channels of a kind of notice in their order; the inbox is always one."""
        chosen = self.channels.get(kind, CHANNELS)
        return chosen if "inbox" in chosen else chosen + _INBOX

    def by_kind(self) -> dict[Subscription, tuple[ChannelName, ...]]:
        """Return the channels of all kinds."""
        return {kind: self.order(kind) for kind in SUBSCRIPTIONS}

    def quiet_until(self, now: datetime, *, is_text: bool) -> datetime | None:
        """Return until when no phone rings for what can wait; None while one may.

        Of who has said nothing, texts wait for the end of the city's; the platforms' messages make
        no noise that their owner did not allow.
        """
        if isinstance(self.quiet_hours, QuietHours):
            return self.quiet_hours.until(now)
        is_quiet = is_text if self.quiet_hours is None else self.quiet_hours
        return NIGHT.until(now) if is_quiet else None

    def changed(
        self,
        quiet_hours: Quiet,
        channels: Mapping[Subscription, Sequence[ChannelName]],
        suggestion_kinds: Sequence[SuggestionKind],
    ) -> "Preferences":
        """Return what holds once a person has said all anew."""
        kept = {kind: tuple(names) for kind, names in channels.items()}
        kinds = tuple(kind for kind in SUGGESTION_KINDS if kind in suggestion_kinds)
        return replace(self, quiet_hours=quiet_hours, channels=kept, suggestion_kinds=kinds)

    def without_suggestions(self, kind: SuggestionKind) -> "Preferences":
        """Return what holds once a person wants no more suggestions of a kind."""
        left = tuple(one for one in self.suggestion_kinds if one != kind)
        return replace(self, suggestion_kinds=left)


def can_wait(
    until: datetime, now: datetime, useful_until: datetime, start: datetime | None
) -> bool:
    """Tell whether news may wait for the end of quiet hours.

    Not what is of no use any more by then, as a call to the counter; nor of an appointment today,
    or of one for which the person has to set out by then.
    """
    if until > useful_until:
        return False
    if start is None or start < now:
        return True
    is_today = office_time(start).date() == office_time(now).date()
    return not is_today and start >= until + _ON_THE_WAY
