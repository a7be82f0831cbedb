"""The stack of the HTTP API: API Gateway in front of the Chalice app."""

import json
from typing import Any, Final

from aws_cdk import Aws, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from chalice.app import Chalice
from constructs import Construct

from infra import gateway
from infra.iam import API, STAFF
from infra.lambdas import Lambdas, Limits, Parts
from infra.stacks.data import DataStack
from infra.stacks.releases import release_by_shares
from infra.stages import LIVE, Stage

STAGE_NAME: Final = "api"
# API Gateway gives up after 29 seconds.
_TIMEOUT_SECONDS: Final = 28
_SMALLEST_COMPRESSED_BYTES: Final = 1024
_ACCESS_LOG: Final = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "method": "$context.httpMethod",
    # The pattern, never the path itself: a receipt's number is no secret, but no one's business.
    "route": "$context.resourcePath",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "function_milliseconds": "$context.integrationLatency",
    "bytes": "$context.responseLength",
    "error": "$context.error.responseType",
    "trace": "$context.xrayTraceId",
}


class ApiStack(Stack):
    """The functions that serve citizens and staff, and the gateway that knows each route.

    Both run the same code. A crowd of citizens fills the runs of its own function alone, so that
    counters go on; each has a role, a log and an alias by which the gateway calls it.
    """

    def __init__(
        self, scope: Construct, stage: Stage, data: DataStack, app: Chalice, parts: Parts, **kw: Any
    ) -> None:
        """Make the API of the Chalice app on the data."""
        super().__init__(scope, stage.named("api"), **kw)
        self.add_stack_dependency(data)
        self._stage = stage
        limits = Limits(stage.api_memory_mb, _TIMEOUT_SECONDS)
        make = Lambdas(self, stage, data, parts).make
        self.functions = {name: make(name, "app.app", limits) for name in (API, STAFF)}
        self._live = {name: self._alias(name, made) for name, made in self.functions.items()}
        self.gateway = self._gateway(app)
        for name, alias in self._live.items():
            self._allow_gateway(name, alias)
        self._deploy(app)
        release_by_shares(self, stage, self.dimensions, self._live)
        CfnOutput(self, "Url", value=self._url(), description="Where the API is")
        CfnOutput(self, "GatewayId", value=self.gateway.ref)

    @property
    def dimensions(self) -> dict[str, str]:
        """Return what the gateway's metrics are counted by."""
        return {"ApiName": self._stage.named("api"), "Stage": STAGE_NAME}

    def _alias(self, name: str, function: lambda_.Function) -> lambda_.Alias:
        """Make the alias that the gateway calls: the version of this release."""
        return lambda_.Alias(
            self,
            f"{name.capitalize()}Live",
            alias_name=LIVE,
            version=function.current_version,
            provisioned_concurrent_executions=self._stage.ready.get(name),
        )

    def _gateway(self, app: Chalice) -> apigateway.CfnRestApi:
        document = gateway.document(
            app,
            self._live[API].function_arn,
            self._live[STAFF].function_arn,
            browsers=bool(self._stage.allowed_origins),
        )
        return apigateway.CfnRestApi(
            self,
            "Gateway",
            name=self._stage.named("api"),
            description=f"OneTrip {self._stage.name}",
            body=document,
            policy=gateway.staff_only_from(self._stage.staff_networks),
            binary_media_types=document["x-amazon-apigateway-binary-media-types"],
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(
                types=["REGIONAL"]
            ),
            minimum_compression_size=_SMALLEST_COMPRESSED_BYTES,
            disable_execute_api_endpoint=bool(self._stage.domain_name),
        )

    def _allow_gateway(self, name: str, alias: lambda_.Alias) -> None:
        routes = f"{self.gateway.ref}/{STAGE_NAME}/*"
        lambda_.CfnPermission(
            self,
            f"GatewayMayCall{name.capitalize()}",
            action="lambda:InvokeFunction",
            function_name=alias.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=(f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{routes}"),
        )

    def _deploy(self, app: Chalice) -> None:
        # A deployment is a picture of the routes: when they change, it must be another one.
        changed = gateway.digest(
            app, self._stage.staff_networks, browsers=bool(self._stage.allowed_origins)
        )
        deployment = apigateway.CfnDeployment(
            self, f"Deployment{changed}", rest_api_id=self.gateway.ref
        )
        stage = apigateway.CfnStage(
            self,
            "Stage",
            rest_api_id=self.gateway.ref,
            deployment_id=deployment.ref,
            stage_name=STAGE_NAME,
            tracing_enabled=True,
            access_log_setting=apigateway.CfnStage.AccessLogSettingProperty(
                destination_arn=self._access_log(), format=json.dumps(_ACCESS_LOG)
            ),
            method_settings=[
                apigateway.CfnStage.MethodSettingProperty(
                    resource_path="/*",
                    http_method="*",
                    # One of each route and kind would cost more than the alarms, which ask of the
                    # whole stage; routes are counted from the access log (docs/cost.md).
                    metrics_enabled=False,
                    logging_level="ERROR",
                    data_trace_enabled=False,
                    throttling_rate_limit=self._stage.requests_per_second,
                    throttling_burst_limit=self._stage.burst,
                )
            ],
        )
        stage.add_resource_dependency(self._let_gateway_write_logs())
        if self._stage.domain_name:
            self._own_domain(self._stage.domain_name).add_resource_dependency(stage)

    def _access_log(self) -> str:
        """Make the access log; return its ARN as API Gateway wants it, without the streams."""
        name = f"/onetrip/{self._stage.name}/access"
        logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=name,
            retention=logs.RetentionDays[self._stage.logs_kept],
            removal_policy=RemovalPolicy.DESTROY,
        )
        return f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{name}"

    def _let_gateway_write_logs(self) -> apigateway.CfnAccount:
        """Name the role with which API Gateway writes logs; there is one an account and region."""
        writes = iam.ManagedPolicy.from_aws_managed_policy_name(
            "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        )
        role = iam.Role(
            self,
            "GatewayLogsRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            description="API Gateway writes its logs",
            managed_policies=[writes],
        )
        return apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)

    def _own_domain(self, name: str) -> apigateway.CfnBasePathMapping:
        domain = apigateway.CfnDomainName(
            self,
            "Domain",
            domain_name=name,
            regional_certificate_arn=self._stage.certificate_arn,
            security_policy="TLS_1_2",
            endpoint_configuration=apigateway.CfnDomainName.EndpointConfigurationProperty(
                types=["REGIONAL"]
            ),
        )
        CfnOutput(self, "DomainTarget", value=domain.attr_regional_domain_name)
        return apigateway.CfnBasePathMapping(
            self,
            "DomainMapping",
            domain_name=domain.ref,
            rest_api_id=self.gateway.ref,
            stage=STAGE_NAME,
        )

    def _url(self) -> str:
        if self._stage.domain_name:
            return f"https://{self._stage.domain_name}"
        host = f"{self.gateway.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        return f"https://{host}/{STAGE_NAME}"
