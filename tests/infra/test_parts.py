"""The queues by which a run by the clock is done in parts."""

import json

import pytest

from functions import manifest
from functions.manifest import Function
from tests.infra.conftest import Templates

PARTED = [one for one in manifest.FUNCTIONS if one.parts]


@pytest.mark.parametrize("function", PARTED, ids=lambda one: one.name)
def test_every_part_has_a_message_of_its_own_in_the_cloud(
    templates: Templates, function: Function
) -> None:
    prefix = f"onetrip-{templates.stage}-"
    queues = {
        name: one["Properties"] for name, one in templates.resources("AWS::SQS::Queue").items()
    }
    ((name, queue),) = [
        (n, q) for n, q in queues.items() if q["QueueName"] == f"{prefix}{function.parts_name}"
    ]
    # What no run could begin within six minutes is done by a later one, or comes again if that is
    # tomorrow's.
    daily = any(schedule.daily_at for schedule in function.schedules)
    assert queue["MessageRetentionPeriod"] == (3600 if daily else 360)
    assert queue["VisibilityTimeout"] == 360
    assert queue["VisibilityTimeout"] >= function.timeout_seconds
    mappings = templates.resources("AWS::Lambda::EventSourceMapping").values()
    (source,) = [m["Properties"] for m in mappings if name in json.dumps(m["Properties"])]
    assert source["BatchSize"] == 1
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
    policies = templates.resources("AWS::IAM::Policy").values()
    sends = [
        statement["Action"]
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if name in json.dumps(statement["Resource"]) and "sqs:SendMessage" in statement["Action"]
    ]
    assert len(sends) == 1
    assert "sqs:GetQueueUrl" in sends[0]
