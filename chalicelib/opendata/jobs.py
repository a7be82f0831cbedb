"""What runs by the clock: publishing."""

from datetime import datetime

from chalicelib.opendata.service import publication


def publish_datasets(now: datetime) -> int:
    """Publish the data sets that are due; return how many. Idempotent."""
    return publication.publish(now)
