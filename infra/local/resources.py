"""The bus, the queues, their rules and the bucket in the embedded engine, as they are deployed."""

import contextlib
import json
from typing import Any, Final, cast

from chalicelib.cases.uploads.domain import UNUSED_FOR
from chalicelib.core import aws, events, tables
from chalicelib.core.settings import SETTINGS
from functions import manifest
from functions.manifest import Function

_DAYS_KEPT: Final = 14


def create() -> None:
    """Make what is not there yet; what is there stays as it is, its messages and files too."""
    create_bucket()
    create_anchor_bucket()
    create_export_bucket()
    bus = aws.client("events")
    with contextlib.suppress(bus.exceptions.ResourceAlreadyExistsException):
        bus.create_event_bus(Name=SETTINGS.event_bus)
    for function in (*manifest.with_streams(), *manifest.with_queues()):
        dead = queue(SETTINGS.queue(function.dead_letters_name), {})
        if function.queue:
            connect(function, SETTINGS.event_bus, dead)
    _create_checkpoints()


def create_bucket() -> None:
    """Make the bucket of uploaded files: closed to the public, tidied, open to our pages."""
    s3 = aws.client("s3")
    name = SETTINGS.upload_bucket
    here = {"LocationConstraint": SETTINGS.region}
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=here)
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "never-lodged",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "fresh/"},
                    "Expiration": {"Days": UNUSED_FOR.days},
                }
            ]
        },
    )
    rule = {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": sorted(SETTINGS.allowed_origins),
        "AllowedHeaders": ["content-type", "x-amz-checksum-sha256"],
        "MaxAgeSeconds": 3600,
    }
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})


def create_anchor_bucket() -> None:
    """Make the bucket of anchors, in which what is written stays (S3 Object Lock)."""
    s3 = aws.client("s3")
    here = {"LocationConstraint": SETTINGS.region}
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=SETTINGS.anchor_bucket,
            CreateBucketConfiguration=here,
            ObjectLockEnabledForBucket=True,
        )


def create_export_bucket() -> None:
    """Make the bucket of what goes out to the province."""
    s3 = aws.client("s3")
    here = {"LocationConstraint": SETTINGS.region}
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=SETTINGS.export_bucket, CreateBucketConfiguration=here)


def checkpoints() -> str:
    """Return the name of the table of what was read and ran last; AWS keeps that itself."""
    return f"{SETTINGS.table_prefix}checkpoints"


def connect(function: Function, bus: str, dead_letters_arn: str) -> None:
    """Give a function its queue, and the queue the events of the bus that it wants."""
    if function.queue is None:
        return
    redrive = {
        "deadLetterTargetArn": dead_letters_arn,
        "maxReceiveCount": function.queue.attempts,
    }
    attributes = {
        "VisibilityTimeout": str(function.visible_again_seconds),
        "RedrivePolicy": json.dumps(redrive),
    }
    name = SETTINGS.queue(function.queue_name)
    arn = queue(name, attributes)
    pattern = json.dumps(events.rule(function.queue.prefixes))
    rules = aws.client("events")
    rules.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
    rules.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])


def queue(name: str, attributes: dict[str, str]) -> str:
    """Make a queue, or set one right that is there; return its ARN."""
    sqs: Any = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    kept = {"MessageRetentionPeriod": str(_DAYS_KEPT * 86400)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={**kept, **attributes})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _create_checkpoints() -> None:
    dynamodb = cast("Any", tables.client())
    keys = (("pk", "HASH"), ("sk", "RANGE"))
    with contextlib.suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(
            TableName=checkpoints(),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        )
