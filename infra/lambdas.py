"""Lambda functions, each with its log group and a role that may do what `infra.iam` says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from chalicelib.anchors.providers.bucket import PREFIX as ANCHORS
from chalicelib.opendata.providers.bucket import PREFIX
from functions.export_events import PREFIX as EXPORTS
from infra.iam import ADDS, READS, SUFFIX_OF_SERVICES, WRITES, Permissions, permissions_of
from infra.package import PYTHON
from infra.stacks.data import DataStack
from infra.stages import EXPORT_BUS, Stage

RUNTIME: Final = lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON)
BUS: Final = "events"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a function may use."""

    memory_mb: int
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The folders of the code and of the packages, as `infra.package` makes them."""

    code: str
    layer: str


def pascal_case(name: str) -> str:
    """Return a name of words with hyphens or underscores as an id of CloudFormation."""
    return "".join(part.capitalize() for part in re.split("[-_]", name))


class Lambdas:
    """Makes the functions of one stack."""

    def __init__(self, stack: Stack, stage: Stage, data: DataStack, parts: Parts) -> None:
        """All functions of the stack share the code and the layer."""
        self._stack = stack
        self._stage = stage
        self._data = data
        self._code = lambda_.Code.from_asset(parts.code)
        self._layer = lambda_.LayerVersion(
            stack,
            "Packages",
            layer_version_name=f"{stack.stack_name}-packages",
            code=lambda_.Code.from_asset(parts.layer),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[lambda_.Architecture.X86_64],
            description="The packages of requirements.txt, and Chalice's runtime",
        )

    def make(self, name: str, handler: str, limits: Limits) -> lambda_.Function:
        """Make a function by its name in the manifest."""
        title = pascal_case(name)
        function_name = self._stage.function(name)
        log_group = logs.LogGroup(
            self._stack,
            f"{title}Log",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=logs.RetentionDays[self._stage.logs_kept],
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self._stack,
            f"{title}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"OneTrip {self._stage.name}: what {name} may do",
        )
        granted = permissions_of(name, self._data.rooms)
        for statement in self._statements(name, granted, log_group):
            role.add_to_policy(statement)
        return lambda_.Function(
            self._stack,
            title,
            function_name=function_name,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.X86_64,
            handler=handler,
            code=self._code,
            layers=[self._layer],
            role=role,
            log_group=log_group,
            memory_size=limits.memory_mb,
            timeout=Duration.seconds(limits.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=self._stage.reserved.get(name),
            environment=self._environment(granted),
            # By a former version a release is taken back at once. One whose release went back by
            # itself must go: Lambda publishes the same code once ("PublishVersion"), and so the
            # release could not be deployed again.
            current_version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
            ),
        )

    def _environment(self, granted: Permissions) -> dict[str, str]:
        stage = self._stage
        environment = {
            "STAGE": stage.name,
            "TABLE_PREFIX": stage.prefix,
            "PUBLIC_URL": stage.public_url,
            "ALLOWED_ORIGINS": ",".join(stage.allowed_origins),
            "EVENT_BUS": stage.named(BUS),
            **stage.settings,
        }
        if granted.secrets:
            environment["SECRETS_ARN"] = self._data.secret.attr_id
        if granted.personal:
            environment["KMS_KEY_ID"] = self._data.personal_key.key_arn
        if granted.uploads or granted.open_data:
            environment["UPLOAD_BUCKET"] = self._data.uploads.bucket_name
        if granted.audit or granted.audits:
            environment["AUDIT_KMS_KEY_ID"] = self._data.audit_key.key_arn
        if granted.exports:
            environment["EXPORT_BUCKET"] = self._data.exports.bucket_name
        if granted.exports and stage.exports_events:
            environment["EXPORT_BUS"] = stage.named(EXPORT_BUS)
        if granted.audit:
            environment["ANCHOR_BUCKET"] = self._data.anchor_bucket
        return environment

    def _statements(
        self, name: str, granted: Permissions, log_group: logs.LogGroup
    ) -> Iterator[iam.PolicyStatement]:
        yield _allow(
            "WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn]
        )
        reads = granted.reads - granted.writes
        if reads:
            yield _allow("ReadTables", READS, self._tables(reads))
        if granted.writes:
            actions = [*READS, *WRITES]
            yield _allow("WriteTables", actions, self._tables(granted.writes))
        if granted.adds:
            yield _allow("AddToTables", [*READS, *ADDS], self._tables(granted.adds))
        if granted.reads | granted.writes:
            yield self._use_data_key("TablesKey", "dynamodb", ["kms:Decrypt", "kms:DescribeKey"])
        yield from self._secret_statements(granted)
        if granted.uploads:
            objects = self._data.uploads.arn_for_objects("*")
            yield _allow("Uploads", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [objects])
        if granted.open_data:
            objects = self._data.uploads.arn_for_objects(f"{PREFIX}*")
            yield _allow("OpenData", ["s3:GetObject", "s3:PutObject"], [objects])
        if granted.uploads or granted.open_data:
            # Without it S3 refuses to say that a file is not there (GetObject, permissions).
            yield _allow("WhatIsThere", ["s3:ListBucket"], [self._data.uploads.bucket_arn])
            actions = ["kms:Decrypt", "kms:GenerateDataKey"]
            yield self._use_data_key("UploadsKey", "s3", actions)
        yield from self._audit_statements(granted)
        yield from self._mail_statements(granted)
        if granted.publishes:
            bus = _arn("events", f"event-bus/{self._stage.named(BUS)}")
            yield _allow("Publish", ["events:PutEvents"], [bus])
        yield from self._export_statements(granted)
        if granted.sets_aside:
            dead = _arn("sqs", self._stage.named(f"{name.replace('_', '-')}-dead"))
            yield _allow("SetAside", ["sqs:GetQueueUrl", "sqs:SendMessage"], [dead])

    def _secret_statements(self, granted: Permissions) -> Iterator[iam.PolicyStatement]:
        if granted.secrets:
            secret = [self._data.secret.attr_id]
            yield _allow("ReadSecrets", ["secretsmanager:GetSecretValue"], secret)
            yield self._use_data_key("SecretsKey", "secretsmanager", ["kms:Decrypt"])
        if granted.personal:
            key = [self._data.personal_key.key_arn]
            yield _allow("PersonalKey", ["kms:Decrypt", "kms:Encrypt"], key)

    def _audit_statements(self, granted: Permissions) -> Iterator[iam.PolicyStatement]:
        key = [self._data.audit_key.key_arn]
        if granted.audits:
            yield _allow("AuditKey", ["kms:GetPublicKey"], key)
        if granted.audit:
            yield _allow("AuditKey", ["kms:GetPublicKey", "kms:Sign"], key)
            bucket = f"arn:{Aws.PARTITION}:s3:::{self._data.anchor_bucket}"
            actions = ["s3:GetObject", "s3:PutObject", "s3:PutObjectRetention"]
            yield _allow("Anchors", actions, [f"{bucket}/{ANCHORS}*"])
            yield _allow("AnchorsThere", ["s3:ListBucket"], [bucket])

    def _export_statements(self, granted: Permissions) -> Iterator[iam.PolicyStatement]:
        if not granted.exports:
            return
        objects = self._data.exports.arn_for_objects(f"{EXPORTS}*")
        yield _allow("Export", ["s3:PutObject"], [objects])
        if self._stage.exports_events:
            bus = _arn("events", f"event-bus/{self._stage.named(EXPORT_BUS)}")
            yield _allow("PublishExport", ["events:PutEvents"], [bus])

    def _mail_statements(self, granted: Permissions) -> Iterator[iam.PolicyStatement]:
        """Allow to send as the stage's own sender alone, and to ask what became of it."""
        sender = self._stage.settings.get("MAIL_SENDER")
        if not granted.mail or not sender:
            return
        region = self._stage.settings.get("MAIL_REGION", Aws.REGION)
        domain = sender.rpartition("@")[2]
        identity = f"arn:{Aws.PARTITION}:ses:{region}:{Aws.ACCOUNT_ID}:identity/{domain}"
        yield _allow("SendMail", ["ses:SendEmail"], [identity])
        # Insights are of messages, which no identity names.
        yield _allow("MailArrived", ["ses:GetMessageInsights"], ["*"])

    def _tables(self, rooms: frozenset[str]) -> list[str]:
        tables = [_arn("dynamodb", f"table/{self._stage.named(room)}") for room in sorted(rooms)]
        return [*tables, *(f"{table}/index/*" for table in tables)]

    def _use_data_key(self, sid: str, service: str, actions: Sequence[str]) -> iam.PolicyStatement:
        """Allow the key only where a service asks in the function's name."""
        return iam.PolicyStatement(
            sid=sid,
            actions=list(actions),
            resources=[self._data.data_key.key_arn],
            conditions=asked_by(service),
        )


def asked_by(service: str) -> dict[str, dict[str, str]]:
    """Return the condition that a service asks KMS in somebody's name."""
    return {"StringLike": {"kms:ViaService": f"{service}.{Aws.REGION}.{SUFFIX_OF_SERVICES}"}}


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources))


def _arn(service: str, resource: str) -> str:
    return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"
