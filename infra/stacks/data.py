"""The stack of what must not be lost: keys, tables, uploads and secrets."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from aws_cdk import (
    CfnDeletionPolicy,
    CfnOutput,
    CfnResource,
    Duration,
    RemovalPolicy,
    Stack,
)
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from chalicelib.cases.uploads.domain import UNUSED_FOR
from chalicelib.core import table_definitions
from chalicelib.core.tables import Table
from infra.stacks.backups import KEPT_DAYS, copy_tables
from infra.stacks.export import export_bucket
from infra.stages import Stage

_RETENTION_DAYS: Final = 3650


class DataStack(Stack):
    """Keys, one table a room, the bucket of uploads, and the secret that the operator fills."""

    def __init__(self, scope: Construct, stage: Stage, **kwargs: Any) -> None:
        """Make it all; nothing here depends on another stack."""
        super().__init__(scope, stage.named("data"), **kwargs)
        self._stage = stage
        policy = RemovalPolicy.RETAIN if stage.retain else RemovalPolicy.DESTROY
        self.data_key = self._key("data", "tables, uploads, secrets and alarms", policy)
        self.personal_key = self._key("personal", "the keys of citizens' data", policy)
        self._let_alarms_use(self.data_key)
        made = {room: self._table(Table.registry[room]) for room in self.rooms}
        _one_after_another([made[room] for room in self.rooms if Table.registry[room].indexes])
        if stage.backup_vault_arn:
            # No copy outlives the second to which its table can be restored by itself.
            rooms = [r for r in self.rooms if Table.registry[r].recovery_days >= KEPT_DAYS]
            copy_tables(self, stage, rooms, self.data_key, stage.backup_vault_arn)
        self.secret = self._secret(policy)
        self.uploads = self._uploads(policy)
        # The consoles of WeChat and Alipay ask for it, and the pages' own policy.
        uploads = self.uploads.bucket_regional_domain_name
        CfnOutput(self, "UploadsDomain", value=uploads, description="Where phones put files")
        self.exports = export_bucket(self, stage)
        # The ARN of the stream of each table that has one. An export in use can be neither changed
        # nor taken away, so it stays as it is when a restored table has another stream.
        self.streams = {
            room: stage.restored_streams.get(room, self.export_value(table.get_att("StreamArn")))
            for room, table in made.items()
            if Table.registry[room].streams
        }
        self.audit_key = self._audit_key()
        # An auditor's own account may keep the anchors, where nobody of this one can touch them.
        self.anchor_bucket = stage.settings.get("ANCHOR_BUCKET") or self._anchors().bucket_name

    @property
    def rooms(self) -> tuple[str, ...]:
        """Return the rooms that have tables."""
        return tuple(sorted(Table.registry))

    def _key(self, name: str, guards: str, policy: RemovalPolicy) -> kms.Key:
        return kms.Key(
            self,
            f"{name.capitalize()}Key",
            alias=self._stage.named(name),
            description=f"OneTrip {self._stage.name}: {guards}",
            enable_key_rotation=True,
            removal_policy=policy,
        )

    def _audit_key(self) -> kms.Key:
        # What it signed is verified for years, whatever becomes of the stage.
        return kms.Key(
            self,
            "AuditKey",
            alias=self._stage.named("audit"),
            description=f"OneTrip {self._stage.name}: signs the daily anchors of all histories",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _anchors(self) -> s3.Bucket:
        """Make the bucket in which what is written can be deleted by nobody before its time."""
        days = int(self._stage.settings.get("ANCHOR_RETENTION_DAYS", _RETENTION_DAYS))
        return s3.Bucket(
            self,
            "Anchors",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # No key of ours: who could disable it could make the anchors unreadable.
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(Duration.days(days)),
            removal_policy=RemovalPolicy.RETAIN,
        )

    @staticmethod
    def _let_alarms_use(key: kms.Key) -> None:
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsReachTheirTopic",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
            )
        )

    def _table(self, table: Table) -> CfnResource:
        """Make a table as the code declares it."""
        made = CfnResource(
            self,
            f"{table.room.capitalize()}Table",
            type="AWS::DynamoDB::Table",
            properties={
                **_as_template(table_definitions.definition(table)),
                "TableName": self._stage.named(table.room),
                "DeletionProtectionEnabled": self._stage.retain,
                "PointInTimeRecoverySpecification": {
                    "PointInTimeRecoveryEnabled": True,
                    "RecoveryPeriodInDays": table.recovery_days,
                },
                "SSESpecification": {
                    "SSEEnabled": True,
                    "SSEType": "KMS",
                    "KMSMasterKeyId": self.data_key.key_arn,
                },
                "TimeToLiveSpecification": {"AttributeName": "tidy_at", "Enabled": True},
                **self._warm(table.room),
            },
        )
        kept = CfnDeletionPolicy.RETAIN if self._stage.retain else CfnDeletionPolicy.DELETE
        made.cfn_options.deletion_policy = kept
        # A change that would replace a table must leave the old one where it is.
        made.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
        return made

    def _warm(self, room: str) -> dict[str, Any]:
        """Return for how much a table is ready at once, where the stage says so.

        A table on demand begins with 4,000 writes and 12,000 reads a second and doubles in half an
        hour ("Pre-warming", Amazon DynamoDB developer guide); an opening is at once.
        """
        if room not in self._stage.warm_throughput:
            return {}
        writes, reads = self._stage.warm_throughput[room]
        ready = {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes}
        return {"WarmThroughput": ready}

    def _secret(self, policy: RemovalPolicy) -> secretsmanager.CfnSecret:
        # It is made empty: `python -m infra.ops secrets` fills it, and no template sees it.
        secret = secretsmanager.CfnSecret(
            self,
            "Secrets",
            name=self._stage.named("secrets"),
            description="OneTrip: a JSON object; docs/deploy.md names what is in it",
            kms_key_id=self.data_key.key_arn,
        )
        secret.apply_removal_policy(policy)
        return secret

    def _uploads(self, policy: RemovalPolicy) -> s3.Bucket:
        origins = list(self._stage.allowed_origins)
        return s3.Bucket(
            self,
            "Uploads",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.data_key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=policy,
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.PUT],
                    allowed_origins=origins,
                    allowed_headers=["content-type", "x-amz-checksum-sha256"],
                    max_age=3600,
                )
            ]
            if origins
            else None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="never-lodged",
                    prefix="fresh/",
                    expiration=Duration.days(UNUSED_FOR.days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )


def _one_after_another(tables: Sequence[CfnResource]) -> None:
    """Let tables with indexes be made in turn.

    DynamoDB makes a limited number of these at once, and CloudFormation would begin all
    ("AWS::DynamoDB::Table", CloudFormation template reference).
    """
    for former, table in pairwise(tables):
        table.add_resource_dependency(former)


def _as_template(request: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a CreateTable request into a template's properties, which differ in the stream's."""
    properties = dict(request)
    if "StreamSpecification" in request:
        view = request["StreamSpecification"]["StreamViewType"]
        properties["StreamSpecification"] = {"StreamViewType": view}
    return properties
