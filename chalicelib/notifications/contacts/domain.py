"""A code that proves that a number or a mail address is its asker's.

Six digits, good for ten minutes and used once, with limited tries, as NIST SP 800-63B asks of
secrets that go by another way than the session (5.1.3.2): of 200,000 who guess five times, one is
right.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
# Codes of a day (Shanghai) to one number or address, and to one person wherever they go.
TO_AN_ADDRESS_A_DAY: Final = 5
OF_A_PERSON_A_DAY: Final = 10
# Longer than a service may take to answer: who holds a lease that is over does not send any more.
LEASE: Final = timedelta(seconds=20)


class ChannelNotOffered(Problem):
    """The stage has no service that could send there."""

    status = 409
    code = "channel_not_offered"
    title = Text("本平台暂不支持此联系方式", "This way of being reached is not offered here")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a code, whence, and to which number or mail address it is to go."""

    citizen_id: str
    contact: Literal["phone", "email"]
    address: str
    source: str


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """The code that was asked for last: for which address (sealed), and until when it is good.

    `key` tells the attempt that asked for it, from which the code follows; `tries` are those that
    were claimed, right ones too. `sent` says that a service took it. `revision` grows by each.
    """

    key: str
    sealed: str
    expires_at: datetime
    lease_until: datetime
    tries: int = 0
    sent: bool = False
    revision: int = 0
    ledger: Ledger = ()

    def is_good(self, now: datetime) -> bool:
        """Tell whether its code could still be right."""
        return self.tries < TRIES and now < self.expires_at and self.key != ""

    def may_be_sent(self, key: str, now: datetime) -> bool:
        """Tell whether an attempt that comes again is to send what it did not send before."""
        return self.key == key and not self.sent and self.lease_until <= now < self.expires_at

    def used(self, ledger: Ledger) -> "CodeRequest":
        """Return it once its code proved the address: nobody may use it again."""
        return replace(self, key="", ledger=ledger)
