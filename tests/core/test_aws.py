from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core import aws, retry


def test_threads_share_one_client_of_a_service() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: id(aws.client("events")), range(32)))
    assert len(made) == 1
    assert aws.client("sqs") is not aws.client("events")


@pytest.mark.parametrize(
    ("service", "seconds", "attempts"),
    [("dynamodb", retry.READ_SECONDS, 1), ("s3", retry.READ_SECONDS, 1), ("sqs", 10, 3)],
)
def test_what_a_request_waits_for_is_asked_once_and_shortly(
    service: str, seconds: float, attempts: int
) -> None:
    config = aws.client(service).meta.config
    assert config.read_timeout == seconds
    assert config.connect_timeout == retry.CONNECT_SECONDS
    assert config.retries["total_max_attempts"] == attempts
