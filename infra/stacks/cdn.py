"""A CDN in front of the gateway of the pages, by setting (`pages_cdn`)."""

from typing import Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudfront as cloudfront

from infra.stages import Stage

# Amazon's own policies ("Use managed cache policies", Amazon CloudFront developer guide): what the
# answers say of how long they may be kept holds, and neither cookies nor queries are part of a key.
_CACHING_OPTIMIZED: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def distribution(
    stack: Stack, stage: Stage, api: apigateway.CfnRestApi, path: str
) -> cloudfront.CfnDistribution:
    """Show a stage of an API, which is at `path`, by CloudFront, which keeps what it may."""
    kind = cloudfront.CfnDistribution
    origin = kind.OriginProperty(
        id="gateway",
        domain_name=f"{api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}",
        origin_path=f"/{path}",
        custom_origin_config=kind.CustomOriginConfigProperty(
            origin_protocol_policy="https-only", origin_ssl_protocols=["TLSv1.2"]
        ),
    )
    behavior = kind.DefaultCacheBehaviorProperty(
        target_origin_id="gateway",
        viewer_protocol_policy="redirect-to-https",
        cache_policy_id=_CACHING_OPTIMIZED,
        compress=True,
    )
    certificate = kind.ViewerCertificateProperty(
        acm_certificate_arn=stage.pages_certificate_arn,
        minimum_protocol_version="TLSv1.2_2021",
        ssl_support_method="sni-only",
    )
    config = kind.DistributionConfigProperty(
        enabled=True,
        comment=stage.named("pages"),
        http_version="http2and3",
        ipv6_enabled=True,
        origins=[origin],
        default_cache_behavior=behavior,
        aliases=[stage.pages_domain_name] if stage.pages_domain_name else None,
        viewer_certificate=certificate if stage.pages_domain_name else None,
    )
    return cloudfront.CfnDistribution(stack, "PagesCdn", distribution_config=config)
