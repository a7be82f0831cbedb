"""The table `notifications`.

| what | pk | sk |
|---|---|---|
| a notice | C#citizen | N#notification |
| the consents of a subscription | C#citizen | S#subscription |
| a reminder to be sent | C#citizen | R#appointment#reminder |
| when to look after a notice again | C#citizen | F#notification |
| what a citizen wants of notices | C#citizen | P#preferences |
| what a citizen was told before they asked | C#citizen | P#suggestions |
| a code that was sent | C#citizen | V#contact |
| a letter to be written | W#hall | case |
| messages that services took | M#month, M#month#bucket | day#channel |
| claims of a window | L#what | window |
| a platform's access token | T#platform | token |

A notice's id begins with the time of its event, so the inbox is the citizen's partition read
backwards. The sparse index `due` holds reminders, notices to look after, and whom something may be
suggested to, by the time when they are due, in a few buckets of each; what is done is taken out.
Nothing here is a history: what happened stands with the things that the notices tell of.
"""

from chalicelib.notifications.storage._records import DUE, TABLE
from chalicelib.notifications.storage.consents import (
    add_consents,
    clear_consents,
    list_consents,
    load_consents,
    return_consent,
    take_consent,
    use_consent,
)
from chalicelib.notifications.storage.costs import count_sent, counts
from chalicelib.notifications.storage.erasure import erase
from chalicelib.notifications.storage.follow_ups import (
    forget_follow_up,
    list_follow_ups,
    plan_follow_up,
    replan,
)
from chalicelib.notifications.storage.notices import (
    add_notice,
    advance,
    claim,
    list_notices,
    load_notice,
    mark_read,
    note_asked,
    note_report,
    postpone,
    release,
    reopen,
    settle,
)
from chalicelib.notifications.storage.reminders import forget_reminder, list_due, plan_reminder
from chalicelib.notifications.storage.tokens import (
    Token,
    claim_renewal,
    end_renewal,
    load_token,
    store_token,
)

__all__ = [
    "DUE",
    "TABLE",
    "Token",
    "add_consents",
    "add_notice",
    "advance",
    "claim",
    "claim_renewal",
    "clear_consents",
    "count_sent",
    "counts",
    "end_renewal",
    "erase",
    "forget_follow_up",
    "forget_reminder",
    "list_consents",
    "list_due",
    "list_follow_ups",
    "list_notices",
    "load_consents",
    "load_notice",
    "load_token",
    "mark_read",
    "note_asked",
    "note_report",
    "plan_follow_up",
    "plan_reminder",
    "postpone",
    "release",
    "reopen",
    "replan",
    "return_consent",
    "settle",
    "store_token",
    "take_consent",
    "use_consent",
]
