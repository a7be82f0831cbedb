"""The stack of the HTTP API: API Gateway in front of the Chalice app."""

from typing import Any, Final

from aws_cdk import Aws, CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from chalice.app import Chalice
from constructs import Construct

from infra import gateway
from infra.iam import API, STAFF
from infra.lambdas import Lambdas, Limits, Parts
from infra.stacks.data import DataStack
from infra.stacks.gateway_stage import SMALLEST_COMPRESSED_BYTES, GatewayStage, default_url
from infra.stacks.releases import release_by_shares
from infra.stages import LIVE, Stage

STAGE_NAME: Final = "api"
# API Gateway gives up after 29 seconds.
_TIMEOUT_SECONDS: Final = 28
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


def dimensions(stage: Stage) -> dict[str, str]:
    """Return what the gateway's metrics are counted by."""
    return {"ApiName": stage.named("api"), "Stage": STAGE_NAME}


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
        self._live = {
            name: self._alias(name, make(name, "app.app", limits)) for name in (API, STAFF)
        }
        self.gateway = self._gateway(app)
        for name, alias in self._live.items():
            self._allow_gateway(name, alias)
        self._deploy(app)
        release_by_shares(self, stage, dimensions(stage), self._live)
        CfnOutput(self, "Url", value=self._url(), description="Where the API is")
        CfnOutput(self, "GatewayId", value=self.gateway.ref)

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
            minimum_compression_size=SMALLEST_COMPRESSED_BYTES,
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
        browsers = bool(self._stage.allowed_origins)
        shown = GatewayStage(
            STAGE_NAME,
            "access",
            _ACCESS_LOG,
            gateway.digest(
                app,
                self._stage.staff_networks,
                browsers=browsers,
                closed=bool(self._stage.domain_name),
            ),
        )
        made = shown.make(self, self._stage, self.gateway)
        name, certificate = self._stage.domain_name, self._stage.certificate_arn
        if name:
            domain = shown.show_at(self, made, name, certificate)
            CfnOutput(self, "DomainTarget", value=domain.attr_regional_domain_name)

    def _url(self) -> str:
        if self._stage.domain_name:
            return f"https://{self._stage.domain_name}"
        return default_url(self.gateway, STAGE_NAME)
