"""Messages and circuit breakers, in the table of the room that sends.

| what | pk | sk |
|---|---|---|
| a message | what the room says | M#subject#number |
| what an endpoint was like, its load | H | H#endpoint |

A message stands in the room's own table, so that it is kept in one transaction with the change that
it tells of, and read with its subject. The table's index `queue` has one lane for each endpoint,
`M#endpoint`: what waits by when it is due, then what failed, then what was sent, both newest first.
"""

from chalicelib.webhooks.storage.outbox import Outbox

__all__ = ["Outbox"]
