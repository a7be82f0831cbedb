"""The table `bills`.

| what | pk | sk |
|---|---|---|
| a bill | B#bill | bill |
| its history | B#bill | E#bill#seq |
| a message about it (`webhooks`) | B#bill | M#bill#number |
| tries at its code in an hour | B#bill | B#tries#hour |
| tries of a caller in an hour | G#source | B#tries#hour |
| an issuer (`webhooks`) | K | K#issuer |
| its history (`webhooks`) | K | E#issuer#seq |
| a ping to it (`webhooks`) | P#issuer | M#issuer#number |
| what its endpoint was like (`webhooks`) | H | H#issuer |
| that a key made something (`core.key_notes`) | I#key | key |

A bill's id is a keyed hash of its number, so that either leads to it. What payments do to a bill is
written into it by their own transactions, and counted by `revision`; all else is counted by
`version`, and each is a condition of the other's writes. The sparse index `owner` has the bills of
a person or an organisation by when they are due, with what a list shows; the index `queue` has one
lane for each issuer's messages and one for each hall's bills, by when they are due.
"""

from chalicelib.payments.bills.storage._records import CLAIMS, TABLE, bill_keys

__all__ = ["CLAIMS", "TABLE", "bill_keys"]
