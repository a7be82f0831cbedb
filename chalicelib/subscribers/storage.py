"""The table `subscribers`.

| what | pk | sk |
|---|---|---|
| a subscriber (`webhooks`) | K | K#subscriber |
| its history (`webhooks`) | K | E#subscriber#seq |
| a message to it about a thing, or a ping (`webhooks`) | P#subject | M#subject#number |
| what its endpoint was like (`webhooks`) | H | H#subscriber |
| that a key made something (`core.key_notes`) | I#key | key |

A message's subject names the thing and the subscriber, and its number is that of the thing's
history, so that an event that comes twice makes one message. The index `queue` has one lane for
each subscriber.
"""

from typing import Final

from chalicelib.core.tables import Index, Table

TABLE: Final = Table("subscribers", (Index("queue", "lane", "turn"),))
