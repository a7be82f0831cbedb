"""`python -m infra.dead_letters`: list, show and send back what the workers could not do.

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

cli = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
_console = Console()
Queue = Annotated[str, typer.Argument(help="The function's name, as send_notifications.")]


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
    """Show how many letters each function has."""
    from infra import letters  # noqa: PLC0415 - the settings come first.

    table = Table("function", "waiting", "being looked at")
    for pile in letters.piles():
        table.add_row(pile.function.name, str(pile.waiting), str(pile.hidden))
    _console.print(table)


@cli.command()
def show(queue: Queue, count: Annotated[int, typer.Option(min=1, max=100)] = 10) -> None:
    """Show the first letters of a function; they stay."""
    from infra import letters  # noqa: PLC0415 - the settings come first.

    pile = letters.pile(queue)
    if pile is None:
        raise typer.BadParameter(f"{queue} has no dead letters")
    table = Table("message", "event", "type", "at", "body, when it is no event")
    for letter in letters.look(pile, count):
        event = letter.event
        name = f"{event['subject']}.{event['seq']}" if event else ""
        type_, at = str(event.get("type", "")), str(event.get("at", ""))
        table.add_row(letter.message_id[:8], name, type_, at, "" if event else letter.body[:200])
    _console.print(table)


@cli.command("send-back")
def send_back(queue: Queue) -> None:
    """Send all letters of a function back to where they came from; each is then tried anew."""
    from infra import letters  # noqa: PLC0415 - the settings come first.

    pile = letters.pile(queue)
    if pile is None:
        raise typer.BadParameter(f"{queue} has no dead letters")
    with Progress(console=_console) as progress:
        bar = progress.add_task(pile.function.name, total=pile.waiting)
        try:
            sent = letters.send_back(pile, lambda _: progress.advance(bar))
        except letters.NotSent as error:
            _console.print(f"stopped: {error}; what was not sent is still there", markup=False)
            raise typer.Exit(1) from error
    _console.print(f"{sent} sent back")


if __name__ == "__main__":
    cli()
