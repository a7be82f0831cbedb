"""`python -m infra.dlq_cli`: list, show and redrive the dead letters of the functions.

It works on the account and stage that the environment names, as the functions do (TABLE_PREFIX,
EVENT_BUS, AWS_REGION and credentials), or with `--data-dir` on a run of this machine.
"""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra import commands

cli = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
_console = Console()
FunctionName = Annotated[str, typer.Argument(help="The function's name, as send_notifications.")]


@cli.callback()
def choose(
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Look into the run of this machine that keeps its data here."),
    ] = None,
) -> None:
    """Choose where to look; the settings are read when the product is imported."""
    if data_dir is None:
        return
    address = data_dir / "engine-url"
    if not address.exists():
        raise typer.BadParameter(f"no run has kept its data in {data_dir}")
    os.environ |= {
        "STAGE": "local",
        "AWS_ENDPOINT_URL": address.read_text(),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "cn-north-1",
    }


@cli.command("list")
def list_() -> None:
    """Show how many dead letters each function has."""
    from infra import dlq  # noqa: PLC0415 - the settings come first.

    table = Table("function", "waiting", "in flight")
    for queue in dlq.queues():
        table.add_row(queue.function.name, str(queue.waiting), str(queue.in_flight))
    _console.print(table)


@cli.command()
def show(function: FunctionName, count: Annotated[int, typer.Option(min=1, max=100)] = 10) -> None:
    """Show the first dead letters of a function; they stay."""
    from infra import dlq  # noqa: PLC0415 - the settings come first.

    queue = dlq.queue_of(function)
    if queue is None:
        raise typer.BadParameter(f"{function} has no dead letters")
    table = Table("message", "event", "type", "at", "body, when it is no event")
    for letter in dlq.peek(queue, count):
        event = letter.event
        name = f"{event['subject']}.{event['seq']}" if event else ""
        type_, at = str(event.get("type", "")), str(event.get("at", ""))
        table.add_row(letter.message_id[:8], name, type_, at, "" if event else letter.body[:200])
    _console.print(table)


@cli.command()
def redrive(function: FunctionName) -> None:
    """Send all dead letters of a function back to their source, where each is tried anew."""
    from infra import dlq  # noqa: PLC0415 - the settings come first.

    queue = dlq.queue_of(function)
    if queue is None:
        raise typer.BadParameter(f"{function} has no dead letters")
    with Progress(console=_console) as progress:
        bar = progress.add_task(queue.function.name, total=queue.waiting)
        try:
            sent = dlq.redrive(queue, lambda _: progress.advance(bar))
        except dlq.RedriveError as error:
            _console.print(f"stopped: {error}; what was not sent is still there", markup=False)
            raise typer.Exit(1) from error
    _console.print(f"{sent} redriven")


if __name__ == "__main__":
    with commands.plainly():
        cli()
