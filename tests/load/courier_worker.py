"""A worker that sends couriers' messages until it is killed, as the Lambda does a minute long."""

from datetime import timedelta

from chalicelib.core import wiring
from chalicelib.deliveries import outbox


def main() -> None:
    """Send what is due, again and again."""
    while True:
        outbox.send_due(wiring.clock().now(), timedelta(seconds=5))


if __name__ == "__main__":
    main()
