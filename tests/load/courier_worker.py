"""A worker that sends one courier's messages until it is killed, as the Lambda does.

It lives by the product's clock, which the benchmark lets run many times as fast: what an endpoint
asks it to wait, and the schedule's hours, pass in seconds.
"""

import sys
from datetime import timedelta

from chalicelib.core import dependencies
from chalicelib.deliveries.couriers.service.sending import SENDER
from chalicelib.webhooks.service import dispatcher


def main(courier_id: str) -> None:
    """Send what is due, again and again."""
    now = dependencies.clock().now
    while True:
        dispatcher.send_endpoint(
            SENDER, courier_id, now, now() + timedelta(minutes=30), patient=True
        )


if __name__ == "__main__":
    main(sys.argv[1])
