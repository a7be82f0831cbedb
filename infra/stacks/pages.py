"""The stack of the browser's pages: a private bucket, and a gateway that shows what is in it.

A REST API in front of S3 is there in every partition. What a file is answered with (how long it may
be kept, the policy of its content) was put beside it by `infra.publish_pages`.
"""

import hashlib
import json
from typing import Any, Final

from aws_cdk import Aws, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.pages import POLICY_METADATA
from infra.stacks.cdn import distribution
from infra.stacks.gateway_stage import SMALLEST_COMPRESSED_BYTES, GatewayStage, default_url
from infra.stages import Stage

STAGE_NAME: Final = "pages"
_PASSED_ON: Final = ("Cache-Control", "Content-Type", "ETag")
_EVERYWHERE: Final = {
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ACCESS_LOG: Final = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "status": "$context.status",
    "bytes": "$context.responseLength",
}


class PagesStack(Stack):
    """The bucket of the pages, and the gateway in front of it."""

    def __init__(self, scope: Construct, stage: Stage, **kw: Any) -> None:
        """Make both; `python -m infra.publish_pages` fills the bucket."""
        super().__init__(scope, stage.named("pages"), **kw)
        self._stage = stage
        self._bucket = s3.Bucket(
            self,
            "Pages",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=RemovalPolicy.RETAIN if stage.retain else RemovalPolicy.DESTROY,
        )
        self._reads = iam.Role(
            self,
            "GatewayReads",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            description=f"OneTrip {stage.name}: shows the pages",
        )
        objects, bucket = self._bucket.arn_for_objects("*"), self._bucket.bucket_arn
        # Without leave to list S3 refuses to say that a file is not there.
        for action, resource in (("s3:GetObject", objects), ("s3:ListBucket", bucket)):
            allowed = iam.PolicyStatement(actions=[action], resources=[resource])
            self._reads.add_to_policy(allowed)
        self._gateway()
        CfnOutput(self, "Bucket", value=self._bucket.bucket_name)

    def _gateway(self) -> None:
        # A CDN asks for it by the address that API Gateway gives.
        closed = bool(self._stage.pages_domain_name) and not self._stage.pages_cdn
        described = {
            "swagger": "2.0",
            "info": {"title": self._stage.named("pages"), "version": "1.0"},
            "paths": {
                "/": {"get": self._shown("/index.html")},
                "/{proxy+}": {"get": self._shown("/{proxy}", named=True)},
            },
        }
        api = apigateway.CfnRestApi(
            self,
            "PagesGateway",
            name=self._stage.named("pages"),
            description=f"OneTrip {self._stage.name}: pages",
            body=described,
            binary_media_types=["*/*"],
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(
                types=["REGIONAL"]
            ),
            minimum_compression_size=SMALLEST_COMPRESSED_BYTES,
            disable_execute_api_endpoint=closed,
        )
        # Closing that address takes effect with the next deployment alone.
        text = json.dumps([self.resolve(described), closed], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        shown = GatewayStage(STAGE_NAME, "pages", _ACCESS_LOG, digest, "Pages")
        self._address(api, shown, shown.make(self, self._stage, api))

    def _shown(self, path: str, *, named: bool = False) -> dict[str, Any]:
        """Return the method that answers with a file, or that it is still the one that is known."""
        headers = {name: f"integration.response.header.{name}" for name in _PASSED_ON}
        policy = f"integration.response.header.x-amz-meta-{POLICY_METADATA}"
        headers |= {"Content-Security-Policy": policy}
        headers |= {name: f"'{value}'" for name, value in _EVERYWHERE.items()}
        answered = {f"method.response.header.{name}": value for name, value in headers.items()}
        known = {name: {"type": "string"} for name in headers}
        asked = {"integration.request.header.If-None-Match": "method.request.header.If-None-Match"}
        parameters = [
            {"name": "If-None-Match", "in": "header", "required": False, "type": "string"}
        ]
        if named:
            asked["integration.request.path.proxy"] = "method.request.path.proxy"
            parameters.append({"name": "proxy", "in": "path", "required": True, "type": "string"})
        return {
            "parameters": parameters,
            "responses": {
                status: {"description": status, "headers": known}
                for status in ("200", "304", "404")
            },
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "GET",
                "uri": f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:s3:path/"
                f"{self._bucket.bucket_name}{path}",
                "credentials": self._reads.role_arn,
                "passthroughBehavior": "when_no_match",
                "requestParameters": asked,
                "responses": {
                    "200": {"statusCode": "200", "responseParameters": answered},
                    "304": {"statusCode": "304", "responseParameters": answered},
                    "4\\d{2}": {"statusCode": "404"},
                },
            },
        }

    def _address(
        self, api: apigateway.CfnRestApi, shown: GatewayStage, made: apigateway.CfnStage
    ) -> None:
        """Say where the pages are; at a domain of their own where the stage names one."""
        name = self._stage.pages_domain_name
        if self._stage.pages_cdn:
            target = distribution(self, self._stage, api, STAGE_NAME).attr_domain_name
            CfnOutput(self, "PagesUrl", value=f"https://{name or target}/")
            CfnOutput(self, "PagesDomainTarget", value=target)
            return
        if name is None:
            CfnOutput(self, "PagesUrl", value=f"{default_url(api, STAGE_NAME)}/")
            return
        domain = shown.show_at(self, made, name, self._stage.pages_certificate_arn)
        CfnOutput(self, "PagesUrl", value=f"https://{name}/")
        CfnOutput(self, "PagesDomainTarget", value=domain.attr_regional_domain_name)
