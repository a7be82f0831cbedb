"""The stack of what an account and region has once, whatever stages are in it.

Its name is the same for every stage and so are its resources, which deploying another stage leaves
as they are. Taking it down takes nothing away from the other stages.
"""

from typing import Any, Final

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

NAME: Final = "onetrip-account"


class AccountStack(Stack):
    """The role with which API Gateway writes logs (`AWS::ApiGateway::Account`)."""

    def __init__(self, scope: Construct, **kw: Any) -> None:
        """Make the role, and name it to API Gateway."""
        super().__init__(scope, NAME, **kw)
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
        named = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        for one in (role, named):
            one.apply_removal_policy(RemovalPolicy.RETAIN)
