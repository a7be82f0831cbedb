"""The CDK app: `python -m infra.app [--out build/cdk] [--layer FOLDER] STAGE…` writes templates.

Each stage becomes a folder of its own, which `cdk deploy --app build/cdk/STAGE` deploys. Nothing is
asked of AWS or of the network, beside the packages of the layer when they are not there yet.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

from app import app as chalice_app
from infra import commands, package, stage_checks, stages, suppressions
from infra.lambdas import Parts
from infra.stacks.account import AccountStack
from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stacks.monitoring import MonitoringStack
from infra.stacks.pages import PagesStack
from infra.stacks.workers import WorkersStack
from infra.stages import Stage, StageError

OUT: Final = package.ROOT / "build" / "cdk"
# A stream is not taken away while its reader is deployed; said, so that no command advises another.
_CONTEXT: Final = {"@aws-cdk/core:defaultCrossStackReferences": "strong"}


def build(stage: Stage, parts: Parts, out: Path) -> cdk.App:
    """Declare the whole system of a stage; `synth()` on it writes the templates to `out`.

    Raises StageError.
    """
    stage_checks.check(stage)
    if stage.logs_kept not in logs.RetentionDays.__members__:
        known = ", ".join(logs.RetentionDays.__members__)
        raise StageError(f"the stage {stage.name!r} cannot be: logs_kept is one of {known}")
    cloud = cdk.App(outdir=str(out), analytics_reporting=False, context=_CONTEXT)
    environment = cdk.Environment(account=stage.account, region=stage.region)
    account = AccountStack(cloud, env=environment)
    data = DataStack(cloud, stage, env=environment)
    workers = WorkersStack(cloud, stage, data, parts, env=environment)
    api = ApiStack(cloud, stage, data, chalice_app, parts, env=environment)
    # Workers know what the API may write before it writes it.
    api.add_stack_dependency(workers)
    pages = PagesStack(cloud, stage, env=environment)
    # Without the account's role a gateway that writes logs is refused.
    for one in (api, pages):
        one.add_stack_dependency(account)
    pages.add_stack_dependency(api)
    monitoring = MonitoringStack(cloud, stage, data, env=environment)
    # What it watches it knows by name.
    for one in (workers, api):
        monitoring.add_stack_dependency(one)
    cdk.Tags.of(cloud).add("product", "onetrip")
    for stack in cloud.node.children:
        if stack is not account:
            cdk.Tags.of(stack).add("stage", stage.name)
    suppressions.annotate(cloud)
    return cloud


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the templates of the named stages, or of all."""
    asked = _parse(arguments)
    wanted = [stages.load(name) for name in asked.stage or stages.names()]
    asked.out.mkdir(parents=True, exist_ok=True)
    layer = asked.layer or package.layer()
    for stage in wanted:
        parts = Parts(str(package.code(stage.name)), str(layer))
        build(stage, parts, asked.out / stage.name).synth()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.app", description=__doc__)
    parser.add_argument("stage", nargs="*", help="names of infra/stages.json; all when none")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--layer", type=Path, help="a folder of packages, instead of building it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    with commands.plainly():
        main()
