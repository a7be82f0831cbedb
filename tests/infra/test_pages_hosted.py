"""The pages as a stage shows them: what may be kept, what they may load, and where they are."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra import pages, publish_pages, stages
from infra.stacks.pages import PagesStack
from tests.infra.conftest import Templates

STAGE = stages.load("production")
UPLOADS = "https://uploads.s3.cn-north-1.amazonaws.com.cn"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What a build leaves: a page, what it names, forms of that for other hosts, a worker."""
    (tmp_path / "assets").mkdir()
    for name in (
        "index.html",
        "worker.js",
        "assets/a.1f.js",
        "assets/a.1f.js.br",
        "assets/b.2c.css",
    ):
        (tmp_path / name).write_text(name)
    return tmp_path


def gateway(templates: Templates) -> dict[str, Any]:
    every = templates.resources("AWS::ApiGateway::RestApi").values()
    return next(r["Properties"] for r in every if r["Properties"]["Name"].endswith("-pages"))


def test_what_names_its_digest_is_kept_for_ever_and_comes_before_who_names_it(built: Path) -> None:
    found = publish_pages.uploads(built, STAGE, UPLOADS)
    kept = {one.key: one.cache_control for one in found}
    assert kept["assets/a.1f.js"] == "public, max-age=31536000, immutable"
    assert kept["staff/assets/b.2c.css"] == kept["assets/a.1f.js"]
    assert {kept[key] for key in ("index.html", "staff/", "staff", "open/", "worker.js")} == {
        "no-cache"
    }
    assert not any(key.endswith((".br", ".gz")) for key in kept)
    names = [one.file.name for one in found]
    assert names.index("index.html") == len(names) - names.count("index.html")
    types = {one.key: one.content_type for one in found}
    assert types["open/"] == "text/html; charset=utf-8"
    assert types["assets/a.1f.js"].endswith("javascript; charset=utf-8")


def test_a_page_may_speak_to_the_api_and_the_bucket_alone(built: Path) -> None:
    found = {one.key: one.policy for one in publish_pages.uploads(built, STAGE, UPLOADS)}
    for page in ("index.html", "staff", "staff/", "open/"):
        said = dict(part.strip().split(" ", 1) for part in found[page].split(";"))
        assert said["connect-src"] == f"'self' blob: {STAGE.public_url} {UPLOADS}"
        assert (said["default-src"], said["script-src"]) == ("'self'", "'self'")
        assert (said["object-src"], said["frame-ancestors"]) == ("'none'", "'none'")
    assert found["worker.js"] == "default-src 'none'; connect-src 'self'"
    assert found["assets/a.1f.js"] == "default-src 'none'; frame-ancestors 'none'"
    # Metadata of an object has room for 2 KB.
    assert max(map(len, found.values())) < 1500


def test_the_gateway_shows_files_as_they_were_put_there(templates: Templates) -> None:
    api = gateway(templates)
    assert api["BinaryMediaTypes"] == ["*/*"]
    assert api["MinimumCompressionSize"] > 0
    assert {*api["Body"]["paths"]} == {"/", "/{proxy+}"}
    for described in api["Body"]["paths"].values():
        assert {*described} == {"get"}
        behind = described["get"]["x-amazon-apigateway-integration"]
        asked = behind["requestParameters"]
        assert asked["integration.request.header.If-None-Match"].endswith(".If-None-Match")
        for status in ("200", "304"):
            told = behind["responses"][status]["responseParameters"]
            for name in ("Cache-Control", "Content-Type", "ETag"):
                assert told[f"method.response.header.{name}"] == (
                    f"integration.response.header.{name}"
                )
            policy = told["method.response.header.Content-Security-Policy"]
            assert policy == f"integration.response.header.x-amz-meta-{pages.POLICY_METADATA}"
            assert told["method.response.header.X-Content-Type-Options"] == "'nosniff'"
        assert behind["responses"]["4\\d{2}"] == {"statusCode": "404"}


def test_the_bucket_is_private_and_the_gateway_may_only_read(templates: Templates) -> None:
    buckets = templates.resources("AWS::S3::Bucket")
    ((name, bucket),) = [(n, b["Properties"]) for n, b in buckets.items() if n.startswith("Pages")]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    allowed = [
        statement["Action"]
        for policy in templates.resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if name in json.dumps(statement["Resource"])
    ]
    assert sorted(allowed) == ["s3:GetObject", "s3:ListBucket"]


def outputs(folder: Path) -> dict[str, Any]:
    return {
        name: told["Value"]
        for file in folder.glob("*.template.json")
        for name, told in json.loads(file.read_text()).get("Outputs", {}).items()
    }


def test_all_domains_that_consoles_ask_for_are_named(templates: Templates, tmp_path: Path) -> None:
    assert {"Url", "UploadsDomain", "PagesUrl"} <= outputs(templates.folder).keys()
    arn = "arn:aws-cn:acm:cn-north-1:1:certificate/1"
    own = replace(STAGE, pages_domain_name="city.example", pages_certificate_arn=arn)
    cloud = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    PagesStack(cloud, own, env=cdk.Environment(region=own.region))
    cloud.synth()
    told = outputs(tmp_path)
    kind = "AWS::ApiGateway::Deployment"
    # Closing the address that API Gateway gives takes effect with a deployment alone.
    before, after = (t.resources(kind).keys() for t in (templates, Templates("own", tmp_path)))
    assert not before & after
    assert told["PagesUrl"] == "https://city.example/"
    assert "PagesDomainTarget" in told
