"""The one stage of a REST API: what is deployed, its log, its throttle, and a domain of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs

from infra.stages import Stage

SMALLEST_COMPRESSED_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class GatewayStage:
    """How an API is shown: `name` is the stage's and the first part of the address.

    `log` is the name of its access log, `said` what a line of that says. `prefix` begins the
    logical ids. A deployment is a picture of the description: `digest` is another when that
    changes.
    """

    name: str
    log: str
    said: Mapping[str, str]
    digest: str
    prefix: str = ""

    def make(self, stack: Stack, stage: Stage, api: apigateway.CfnRestApi) -> apigateway.CfnStage:
        """Deploy an API, with its log and its throttle."""
        deployment = apigateway.CfnDeployment(
            stack, f"{self.prefix}Deployment{self.digest}", rest_api_id=api.ref
        )
        access = f"/onetrip/{stage.name}/{self.log}"
        # API Gateway writes its own errors there, and would make a log that is kept for ever.
        errors = f"API-Gateway-Execution-Logs_{api.ref}/{self.name}"
        written = [
            self._log_group(stack, stage, title, name)
            for title, name in (("AccessLog", access), ("ErrorLog", errors))
        ]
        arn = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{access}"
        shown = apigateway.CfnStage(
            stack,
            f"{self.prefix}Stage",
            rest_api_id=api.ref,
            deployment_id=deployment.ref,
            stage_name=self.name,
            tracing_enabled=True,
            access_log_setting=apigateway.CfnStage.AccessLogSettingProperty(
                destination_arn=arn, format=json.dumps(self.said)
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
                    throttling_rate_limit=stage.requests_per_second,
                    throttling_burst_limit=stage.burst,
                )
            ],
        )
        # They are named and not referred to, and must be there first, and be taken away last.
        shown.node.add_dependency(*written)
        return shown

    def show_at(
        self, stack: Stack, shown: apigateway.CfnStage, domain_name: str, certificate: str | None
    ) -> apigateway.CfnDomainName:
        """Show the stage at a domain of its own; `certificate` is the ARN of that."""
        domain = apigateway.CfnDomainName(
            stack,
            f"{self.prefix}Domain",
            domain_name=domain_name,
            regional_certificate_arn=certificate,
            security_policy="TLS_1_2",
            endpoint_configuration=apigateway.CfnDomainName.EndpointConfigurationProperty(
                types=["REGIONAL"]
            ),
        )
        mapping = apigateway.CfnBasePathMapping(
            stack,
            f"{self.prefix}DomainMapping",
            domain_name=domain.ref,
            rest_api_id=shown.rest_api_id,
            stage=self.name,
        )
        mapping.add_resource_dependency(shown)
        return domain

    def _log_group(self, stack: Stack, stage: Stage, title: str, name: str) -> logs.LogGroup:
        """Make a log that is kept for as long as the stage's others."""
        return logs.LogGroup(
            stack,
            f"{self.prefix}{title}",
            log_group_name=name,
            retention=logs.RetentionDays[stage.logs_kept],
            removal_policy=RemovalPolicy.DESTROY,
        )


def default_url(api: apigateway.CfnRestApi, name: str) -> str:
    """Return the address that API Gateway gives a stage of an API."""
    return f"https://{api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{name}"
