"""Suppressed findings of checkov and cfn-lint, each with its reason.

The reasons go into the templates, beside what they are about, where both checkers read them.
"""

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import App, CfnResource

_OWN_KEY: Final = "Logs hold ids only, never personal data; the service's own key encrypts them."

CHECKOV: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::ApiGateway::Stage": {
        "CKV_AWS_120": "Answers are for one person; what may be kept says so by Cache-Control.",
    },
    "AWS::Lambda::Function": {
        "CKV_AWS_115": "Stages reserve runs for the API; gateway and queues bound the others.",
        "CKV_AWS_116": "Streams, queues and timers have dead letters; the gateway waits for it.",
        "CKV_AWS_117": "It speaks to AWS and to platforms by TLS; no network of ours is behind.",
        "CKV_AWS_173": "The variables are names and addresses; secrets are in Secrets Manager.",
    },
    "AWS::Logs::LogGroup": {"CKV_AWS_158": _OWN_KEY},
    "AWS::S3::Bucket": {
        "CKV_AWS_18": "Each look at an upload is in the person's history; pages are for everybody.",
        "CKV_AWS_21": "After an erasure no version of an upload may be left; pages are built anew.",
    },
    "AWS::SQS::Queue": {
        "CKV_AWS_27": "SQS encrypts with its own key; events hold ids only, no personal data.",
    },
}
CFN_LINT: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::Lambda::Function": {
        "W3005": "The toolkit lets a function wait for its whole role, with its policy.",
    },
}


def annotate(app: App) -> None:
    """Write the reasons into the metadata of every resource that they are about."""
    for construct in app.node.find_all():
        if not CfnResource.is_cfn_resource(construct):
            continue
        resource: Any = construct
        kind = resource.cfn_resource_type
        if kind in CHECKOV:
            skipped = [{"id": id_, "comment": why} for id_, why in CHECKOV[kind].items()]
            resource.add_metadata("checkov", {"skip": skipped})
        if kind in CFN_LINT:
            resource.add_metadata("cfn-lint", {"config": {"ignore_checks": list(CFN_LINT[kind])}})
