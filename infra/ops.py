"""The operator's commands for a deployed stage: `python -m infra.ops COMMAND STAGE`.

Works with the settings of the deployed API, as AWS tells them, and with the operator's own rights.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import botocore.session
import pyotp
import typer
from botocore.config import Config
from rich.console import Console
from rich.progress import track

from functions import manifest
from infra import commands, key_turning, pausing, restarting, stages
from infra.commands import CommandError
from infra.local import secrets as fresh
from infra.stage_secrets import OURS, RINGS, StageSecret, check_given
from infra.stages import Stage

# A function that is waited for may take minutes, and must not be asked twice meanwhile.
_PATIENT: Final = Config(read_timeout=900, retries={"total_max_attempts": 1})
_BY_DEPLOYMENT: Final = "change RESTARTED among the stage's settings, and deploy"
cli = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)
_out = Console(highlight=False)

StageName = Annotated[str, typer.Argument(help="a name of infra/stages.json")]
_Rooms = Annotated[list[str] | None, typer.Argument(help='of docs/architecture.md, "Tables"')]


@cli.command()
def secrets(
    stage: StageName,
    file: Annotated[Path | None, typer.Option(help="JSON: what the platforms gave us")] = None,
    publish: Annotated[str | None, typer.Option(help=f"one of {', '.join(RINGS)}")] = None,
    sign: Annotated[str | None, typer.Option(help="the same, when all know the new key")] = None,
) -> None:
    """Fill the secret: fresh keys where there are none, and what FILE has; the rest stays."""
    if {publish, sign} - {None, *RINGS}:
        raise typer.BadParameter(f"only {', '.join(RINGS)} can be turned")
    known = stages.load(stage)
    given = check_given(commands.read_json(file), file) if file else {}
    secret = StageSecret(_client(known, "secretsmanager"), known.named("secrets"))
    old = secret.read()
    new = {**made(old), **old, **given}
    new |= _turned(new, publish, sign)
    from infra import stage_checks  # noqa: PLC0415 - others take on the stage's settings first.

    stage_checks.check_secrets(known, new)
    if new == old:
        _out.print("nothing to change")
        return
    secret.write(new)
    changed = sorted(key for key in new if new[key] != old.get(key))
    _out.print(f"written: {', '.join(changed)}")
    _out.print("functions that run read keys anew within minutes; for other secrets: `restart`")


@cli.command()
def restart(stage: StageName) -> None:
    """Let all functions of the stage start anew, so that they read the secrets again."""
    known = stages.load(stage)
    for name, done in restarting.restart(known, _client(known, "lambda")):
        told = f"restarted {name}" if done else f"{name}: {_BY_DEPLOYMENT}"
        _out.print(told)


@cli.command()
def pause(stage: StageName, room: _Rooms = None) -> None:
    """Stop all functions that use the tables of ROOM, of all tables without; nothing is lost."""
    known = stages.load(stage)
    longest = 0
    for function, seconds in _pausing(known).pause(pausing.users(room or ())):
        longest = max(longest, seconds)
        _out.print(f"paused {function}")
    _out.print(f"runs that had begun have ended in {longest} seconds; then `resume` when done")


@cli.command()
def resume(stage: StageName, room: _Rooms = None) -> None:
    """Let functions run again as the stage declares it."""
    for function in _pausing(stages.load(stage)).resume(pausing.users(room or ())):
        _out.print(f"resumed {function}")


def _pausing(stage: Stage) -> pausing.Pausing:
    return pausing.Pausing(stage, _client(stage, "lambda"), _client(stage, "events"))


@cli.command()
def catalogue(stage: StageName) -> None:
    """Publish the services and halls of chalicelib/catalogue/data."""
    _become(stages.load(stage))
    from chalicelib.catalogue import service  # noqa: PLC0415 - the settings come first.
    from chalicelib.catalogue.service import publishing  # noqa: PLC0415 - as above.

    publishing.publish_demonstration()
    _out.print(
        f"{len(service.current().services)} services in {len(service.current().offices)} halls"
    )


@cli.command()
def staff(  # noqa: PLR0913 - an account has these facts.
    stage: StageName,
    username: str,
    role: Annotated[list[str], typer.Option(help="clerk, supervisor, auditor or admin")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    office: Annotated[
        list[str] | None, typer.Option(help="office ids; all of --division without")
    ] = None,
    division: Annotated[str, typer.Option(help="the beginning of a division code")] = "",
    totp: Annotated[
        str | None, typer.Option(help="`new`, or a base32 secret of 112 bits or more")
    ] = None,
    temporary: Annotated[bool, typer.Option(help="to be changed at the first log-in")] = False,
) -> None:
    """Make an account for a member of staff, or make it anew."""
    _become(stages.load(stage))
    from chalicelib.core import parsing, qr  # noqa: PLC0415 - the settings come first.
    from chalicelib.identity.staff import service as accounts  # noqa: PLC0415 - as above.
    from chalicelib.identity.staff.api import views  # noqa: PLC0415 - as above.

    prefix = division if office is None else None
    asked = {"username": username, "password": password, "roles": role, "office_ids": office}
    parsing.read_body(views.NewStaff, json.dumps({**asked, "division_prefix": prefix}).encode())
    secret = accounts.new_totp_secret() if totp == "new" else totp
    halls = frozenset(office or ())
    _check_staff(halls, secret)
    accounts.add_staff(
        username,
        password,
        frozenset(role),
        halls,
        secret,
        division_prefix=prefix,
        temporary=temporary,
    )
    if totp == "new":
        uri = accounts.totp_uri(username, str(secret))
        _out.print(f"{qr.text(uri)}{uri}", soft_wrap=True, markup=False)
    where = ", ".join(sorted(halls)) if prefix is None else f"all halls of {prefix}*"
    _out.print(f"{username}: {', '.join(sorted(role))} in {where}")


def _check_staff(halls: frozenset[str], secret: str | None) -> None:
    """Raise CommandError for halls that are none, and for a secret of which no code can be made."""
    from chalicelib.catalogue import service  # noqa: PLC0415 - the settings come first.

    unknown = sorted(halls - {*service.current().offices}) if halls else []
    if unknown:
        raise CommandError(f"the catalogue has no hall {', '.join(unknown)} (`ops catalogue`)")
    if secret is None:
        return
    try:
        pyotp.TOTP(secret).now()
    except ValueError as error:
        raise CommandError(f"--totp is `new` or a secret in base32: {error}") from error


@cli.command()
def remove_staff(stage: StageName, username: str) -> None:
    """Remove a member of staff's account and end its log-ins, in all functions within seconds."""
    _become(stages.load(stage))
    from chalicelib.identity.staff import service as accounts  # noqa: PLC0415 - the settings come first.

    known = accounts.remove_staff(username)
    _out.print(
        f"{username}: {'removed' if known else 'no such account'}; no token is good any more"
    )


@cli.command()
def persons(stage: StageName) -> None:
    """Make an account of record for each person who was verified before that was kept."""
    _become(stages.load(stage))
    from chalicelib.identity.service import account_of_record  # noqa: PLC0415 - the settings come first.

    counts = account_of_record.backfill_persons()
    _out.print(
        ", ".join(f"{name}: {counts[name]}" for name in ("made", "moved", "others", "known"))
    )


@cli.command()
def slots(stage: StageName) -> None:
    """Make the slots of the coming 30 days now, instead of at night."""
    known = stages.load(stage)
    client = _client(known, "lambda", _PATIENT)
    parts = manifest.named("generate_slots").parts
    for number in range(parts):
        # As the queue of the parts hands them over.
        body = json.dumps({"number": number, "of": parts})
        message = json.dumps({"Records": [{"messageId": str(number), "body": body}]})
        name = known.named("generate-slots")
        answer = client.invoke(FunctionName=name, Payload=message.encode())
        if "FunctionError" in answer:
            _out.print(answer["Payload"].read().decode())
            raise typer.Exit(1)
    _out.print("slots are there")


@cli.command()
def check_anchors(
    stage: StageName, date: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])]
) -> None:
    """Compare all histories of a day's anchor, as the bucket has it, with the tables."""
    _become(stages.load(stage), "api", "anchor-heads")
    from chalicelib.anchors.service import proofs  # noqa: PLC0415 - the settings come first.
    from chalicelib.core import audit  # noqa: PLC0415 - the settings come first.

    day = f"{date:%Y-%m-%d}"
    try:
        found = list(proofs.check_day(day, audit.find))
    except ValueError as false:
        # Nothing was compared, which is another thing than a history that is not whole.
        raise typer.BadParameter(str(false)) from false
    for subject, finding in found:
        _out.print(f"{subject}: entry {finding.seq} was {finding.reason}")
    _out.print(f"{day}: {len(found)} histories are not as they were anchored")
    if found:
        raise typer.Exit(1)


@cli.command()
def replay_erasures(
    stage: StageName,
    restored_to: Annotated[
        datetime, typer.Argument(help="UTC unless it has an offset: 2026-11-30T08:00:00")
    ],
) -> None:
    """Erase again whoever was erased since the second to which a table was restored."""
    _become(stages.load(stage))
    from chalicelib.core import dependencies  # noqa: PLC0415 - the settings come first.
    from chalicelib.identity.service import replay  # noqa: PLC0415 - the settings come first.

    now = dependencies.clock().now()
    then = restored_to if restored_to.tzinfo else restored_to.replace(tzinfo=UTC)
    if then > now:
        message = f"{then.isoformat()} is yet to come; without an offset a time is in UTC"
        raise typer.BadParameter(message)
    erased = replay.erased_since(then, now)
    counts = Counter[str]()
    for one in track(replay.replay(erased, now), "erasing again", len(erased), console=_out):
        counts[one.outcome] += 1
        if one.outcome == "failed":
            _out.print(f"{one.citizen_id}: failed; the log says why")
    _out.print(
        f"{len(erased)} erased since: {counts['erased_again']} were back and are erased again, "
        f"{counts['stayed_erased']} had stayed erased, {counts['failed']} failed",
        soft_wrap=True,
    )
    if counts["failed"]:
        raise typer.Exit(1)


def _turned(known: dict[str, Any], publish: str | None, sign: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    try:
        if sign:
            return {sign: key_turning.sign(sign, known[sign], now)}
        if publish:
            return {publish: key_turning.publish(known[publish], fresh.signing_key(), now)}
    except key_turning.TooEarlyError as early:
        raise typer.BadParameter(str(early)) from early
    return {}


def made(old: Mapping[str, Any]) -> dict[str, Any]:
    """Make what we choose ourselves; what the platforms give comes from the operator's file."""
    return {name: value for name, value in fresh.make().items() if name in OURS and name not in old}


def _become(stage: Stage, *functions: str) -> None:
    """Take on the settings of deployed functions; must come before the product is imported."""
    for name in functions or ("api",):
        configuration = _client(stage, "lambda").get_function_configuration(
            FunctionName=stage.named(name)
        )
        os.environ.update(configuration["Environment"]["Variables"])
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = stage.region


def _client(stage: Stage, service: str, config: Config | None = None) -> Any:
    session = botocore.session.get_session()
    return session.create_client(service, region_name=stage.region, config=config)


if __name__ == "__main__":
    with commands.plainly():
        cli()
