"""What goes out to the province: a bucket of lines, and by setting a bus that leads to its own."""

from typing import Final

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from chalicelib.core.events import SOURCE
from functions.export_events import PREFIX
from infra.stages import EXPORT_BUS, EXPORT_DEAD, Stage

_KEPT: Final = Duration.days(14)
_EVERY_EVENT: Final = {"source": [SOURCE]}


def export_bucket(stack: Stack, stage: Stage) -> s3.Bucket:
    """Make the bucket of exported events, which the province's account may read, and no more."""
    bucket = s3.Bucket(
        stack,
        "Exports",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        # Another account reads it; there is nothing of a person in it.
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        lifecycle_rules=[
            s3.LifecycleRule(id="kept", expiration=Duration.days(stage.exports_kept_days))
        ],
        removal_policy=RemovalPolicy.RETAIN if stage.retain else RemovalPolicy.DESTROY,
    )
    if stage.province_account:
        reader = [iam.AccountPrincipal(stage.province_account)]
        objects = bucket.arn_for_objects(f"{PREFIX}*")
        for action, resource in (("s3:GetObject", objects), ("s3:ListBucket", bucket.bucket_arn)):
            bucket.add_to_resource_policy(
                iam.PolicyStatement(principals=reader, actions=[action], resources=[resource])
            )
    CfnOutput(stack, "ExportsBucket", value=bucket.bucket_name, description="Events, in lines")
    return bucket


def export_bus(stack: Stack, stage: Stage) -> None:
    """Make the bus of exported events: archived, and led to the province's, as the stage says."""
    bus = events.EventBus(stack, "ExportBus", event_bus_name=stage.named(EXPORT_BUS))
    if stage.events_archived_days:
        events.CfnArchive(
            stack,
            "ExportArchive",
            archive_name=stage.named(EXPORT_BUS),
            source_arn=bus.event_bus_arn,
            retention_days=stage.events_archived_days,
        )
    if stage.province_bus_arn:
        _lead_to(stack, stage, bus, stage.province_bus_arn)


def _lead_to(stack: Stack, stage: Stage, bus: events.EventBus, province: str) -> None:
    """Send every event to another account's bus; what that refuses is kept for two weeks.

    The other bus must let this account put events ("Sending and receiving events between AWS
    accounts", Amazon EventBridge user guide).
    """
    refused = sqs.Queue(
        stack,
        "ExportRefused",
        queue_name=stage.named(EXPORT_DEAD),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_KEPT,
    )
    sends = iam.Role(
        stack,
        "ExportSends",
        assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
        description=f"OneTrip {stage.name}: puts events on the province's bus",
    )
    allowed = iam.PolicyStatement(actions=["events:PutEvents"], resources=[province])
    sends.add_to_policy(allowed)
    target = events.CfnRule.TargetProperty(
        id="province",
        arn=province,
        role_arn=sends.role_arn,
        dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=refused.queue_arn),
    )
    rule = events.CfnRule(
        stack,
        "ExportRule",
        name=stage.named("province"),
        event_bus_name=bus.event_bus_name,
        event_pattern=_EVERY_EVENT,
        targets=[target],
    )
    refused.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[refused.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
        )
    )
