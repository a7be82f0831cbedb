"""Putting the browser's pages where they are shown: `python -m infra.publish_pages STAGE`.

Builds them for the stage's API and puts them into the bucket of `onetrip-STAGE-pages`, once AWS has
told which one that is: a build takes minutes. What carries its digest in its name comes first and
may be kept for ever; the page that names it comes last, so that nobody meets one without the other.
What former releases had stays, as open pages still ask for it.
"""

import argparse
import mimetypes
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import botocore.session

from infra import commands, pages, stages
from infra.commands import CommandError
from infra.stages import Stage

# Where the same pages are shown: to citizens, to staff, and what the city publishes.
PLACES: Final = ("", "staff/", "open/")
_INDEX: Final = "index.html"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_MINUTES: Final = "public, max-age=300"
_PRECOMPRESSED: Final = frozenset({".br", ".gz"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of the pages, its key in the bucket, and what it is answered with."""

    file: Path
    key: str
    content_type: str
    cache_control: str
    policy: str


def uploads(folder: Path, stage: Stage, uploaded_to: str) -> list[Upload]:
    """Return what goes into the bucket, in its order; `uploaded_to` is the files' own origin.

    The gateway compresses by itself, so the compressed forms beside the files are left out.
    """
    files = [one for one in sorted(folder.rglob("*")) if one.is_file()]
    found = [
        one
        for file in files
        if file.suffix not in _PRECOMPRESSED
        for one in _of_file(file, folder, stage, uploaded_to)
    ]
    return sorted(found, key=lambda one: (one.file.name == _INDEX, one.key))


def _of_file(file: Path, folder: Path, stage: Stage, uploaded_to: str) -> Iterator[Upload]:
    name = file.relative_to(folder).as_posix()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("javascript", "json"))
    content_type = f"{kind}; charset=utf-8" if text else kind
    kept = _FOR_EVER if name.startswith("assets/") else "no-cache"
    policy = pages.policy_of(name, stage.public_url, uploaded_to)
    for place in PLACES:
        keys = [f"{place}{name}"]
        if name == _INDEX and place:
            # A folder is asked for with and without its slash.
            keys += [place, place.rstrip("/")]
        for key in keys:
            yield Upload(file, key, content_type, kept, policy)


def publish(stage: Stage, build: Callable[[], Path]) -> int:
    """Put what `build` makes into the stage's bucket; return how many files these are.

    Nothing is built where AWS does not know the caller or the stage.
    """
    session = botocore.session.get_session()
    stacks: Any = session.create_client("cloudformation", region_name=stage.region)
    bucket = _output(stacks, stage.named("pages"), "Bucket")
    origin = f"https://{_output(stacks, stage.named('data'), 'UploadsDomain')}"
    s3: Any = session.create_client("s3", region_name=stage.region)
    every = uploads(build(), stage, origin)
    for one in every:
        s3.put_object(
            Bucket=bucket,
            Key=one.key,
            Body=one.file.read_bytes(),
            ContentType=one.content_type,
            CacheControl=one.cache_control,
            Metadata={pages.POLICY_METADATA: one.policy},
        )
    return len(every)


def put_beside(stage: Stage, key: str, content: bytes, content_type: str) -> None:
    """Put a file beside the stage's pages that is asked for anew every few minutes."""
    session = botocore.session.get_session()
    stacks: Any = session.create_client("cloudformation", region_name=stage.region)
    s3: Any = session.create_client("s3", region_name=stage.region)
    s3.put_object(
        Bucket=_output(stacks, stage.named("pages"), "Bucket"),
        Key=key,
        Body=content,
        ContentType=content_type,
        CacheControl=_FOR_MINUTES,
        Metadata={pages.POLICY_METADATA: pages.NOTHING},
    )


def _output(stacks: Any, stack: str, name: str) -> str:
    (found,) = stacks.describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
    if name not in outputs:
        raise CommandError(f"{stack} has no output {name}: deploy it first (docs/deploy.md)")
    return str(outputs[name])


def main() -> None:
    """Build the pages for the stage and publish them."""
    parser = argparse.ArgumentParser(prog="python -m infra.publish_pages", description=__doc__)
    parser.add_argument("stage")
    stage = stages.load(parser.parse_args().stage)
    os.environ["VITE_API_URL"] = stage.public_url
    files = publish(stage, lambda: pages.build("h5"))
    sys.stdout.write(f"{files} files are in the bucket of {stage.named('pages')}\n")


if __name__ == "__main__":
    with commands.plainly():
        main()
