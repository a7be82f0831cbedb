from collections import Counter

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from pynamodb.exceptions import PutError, TransactWriteError

from chalicelib.core import tables
from chalicelib.core.errors import TryAgain
from chalicelib.core.ids import new_id


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "PutItem")


@pytest.mark.parametrize(
    "error",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("InternalServerError"),
        PutError("", refusal("ThrottlingException")),
        ConnectTimeoutError(endpoint_url="x"),
    ],
)
def test_what_a_retry_mends_is_to_be_sent_again(error: Exception) -> None:
    problem = tables.problem_of(error)
    assert problem
    assert (problem.status, problem.retry_after) == (503, 2)


@pytest.mark.parametrize(
    "error",
    [refusal("ValidationException"), PutError("", refusal("SerializationException")), KeyError()],
)
def test_our_own_mistakes_are_not(error: Exception) -> None:
    assert tables.problem_of(error) is None


def test_a_condition_that_failed_is_told_from_trouble() -> None:
    assert tables.condition_failed(PutError("", refusal("ConditionalCheckFailedException")))
    with pytest.raises(TryAgain):
        tables.condition_failed(PutError("", refusal("InternalServerError")))
    with pytest.raises(PutError):
        tables.condition_failed(PutError("", refusal("ValidationException")))
    with pytest.raises(TryAgain):
        tables.failed_conditions(TransactWriteError("", refusal("TransactionCanceledException")))


def test_shards_are_about_equally_full_and_never_change() -> None:
    counts = Counter(tables.shard_of(new_id(), 4) for _ in range(2000))
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 350
    assert [tables.shard_of(one, 4) for one in ("", "a", "b", "ab")] == [0, 1, 2, 3]
