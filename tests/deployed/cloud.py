"""Deploys a synthesized app to the embedded engine, as the CDK's command does to AWS."""

import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.config import Config

ACCOUNT: Final = "000000000000"
_QUALIFIER: Final = "hnb659fds"
_BOOTSTRAP_VERSION: Final = "30"
# A function may run for minutes on a busy machine, and must not be invoked a second time over it.
_PATIENT: Final = Config(read_timeout=600, retries={"total_max_attempts": 1})


class DeploymentFailed(Exception):  # noqa: N818 - its name states the fact.
    """A stack did not come up; the message has its events."""


class Cloud:
    """The engine's account in one region."""

    def __init__(self, url: str, region: str) -> None:
        self.url = url
        self.region = region
        self._session = botocore.session.get_session()

    def client(self, service: str) -> Any:
        return self._session.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.url,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",
            config=_PATIENT,
        )

    def bootstrap(self) -> None:
        """Make what `cdk bootstrap` makes, as far as the templates speak of it."""
        bucket = f"cdk-{_QUALIFIER}-assets-{ACCOUNT}-{self.region}"
        where = {"LocationConstraint": self.region}
        self.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        self.client("ssm").put_parameter(
            Name=f"/cdk-bootstrap/{_QUALIFIER}/version", Value=_BOOTSTRAP_VERSION, Type="String"
        )

    def deploy(self, assembly: Path) -> dict[str, str]:
        """Deploy all stacks in the order of their dependencies; return their outputs."""
        manifest = json.loads((assembly / "manifest.json").read_text())
        outputs: dict[str, str] = {}
        for stack in _in_order(manifest["artifacts"]):
            self._upload(assembly, f"{stack}.assets.json")
            uploaded = manifest["artifacts"][stack]["properties"]["stackTemplateAssetObjectUrl"]
            bucket, _, key = self._named(uploaded).removeprefix("s3://").partition("/")
            outputs |= self._create(stack, f"{self.url}/{bucket}/{key}")
        return outputs

    def _upload(self, assembly: Path, name: str) -> None:
        s3 = self.client("s3")
        for file in json.loads((assembly / name).read_text())["files"].values():
            source = assembly / file["source"]["path"]
            zipped = file["source"]["packaging"] == "zip"
            content = _zip(source) if zipped else source.read_bytes()
            for place in file["destinations"].values():
                bucket = self._named(place["bucketName"])
                s3.put_object(Bucket=bucket, Key=place["objectKey"], Body=content)

    @staticmethod
    def _named(text: str) -> str:
        return text.replace("${AWS::AccountId}", ACCOUNT)

    def _create(self, stack: str, template_url: str) -> dict[str, str]:
        formation = self.client("cloudformation")
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
        formation.create_stack(StackName=stack, TemplateURL=template_url, Capabilities=capabilities)
        while True:
            found = formation.describe_stacks(StackName=stack)["Stacks"][0]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(0.2)
        if found["StackStatus"] != "CREATE_COMPLETE":
            events = formation.describe_stack_events(StackName=stack)["StackEvents"]
            failed = [e for e in events if e["ResourceStatus"].endswith("FAILED")]
            raise DeploymentFailed(stack, found["StackStatus"], failed)
        return {f"{stack}.{o['OutputKey']}": o["OutputValue"] for o in found.get("Outputs", [])}


def _in_order(artifacts: Mapping[str, Any]) -> Iterator[str]:
    stacks = {n for n, a in artifacts.items() if a["type"] == "aws:cloudformation:stack"}
    done: set[str] = set()
    while len(done) < len(stacks):
        for name in sorted(stacks - done):
            if stacks & set(artifacts[name].get("dependencies", ())) <= done:
                done.add(name)
                yield name


def _zip(folder: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return made.getvalue()
