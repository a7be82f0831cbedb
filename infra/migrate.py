"""`python -m infra.migrate`: move old items to their newer form while both releases run.

It works on the stage that the environment names (TABLE_PREFIX, AWS_REGION, INDEX_BUCKETS and
credentials that may scan and write its tables). Stopped, it goes on where it was.
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra import commands

cli = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
_console = Console()


@cli.command("list")
def list_() -> None:
    """Show the migrations and how far they are."""
    from infra import migrations  # noqa: PLC0415 - where settings are refused, it is told.

    table = Table("migration", "table", "seen", "moved", "")
    for one in migrations.MIGRATIONS:
        state = migrations.progress_of(one)
        word = "ended" if state.ended else "under way" if state.seen else "not begun"
        table.add_row(one.name, one.table.name, str(state.seen), str(state.moved), word)
    _console.print(table)


@cli.command()
def run(
    name: Annotated[str, typer.Argument(help="The migration's name.")],
    items_a_second: Annotated[float, typer.Option(min=1, help="How many items are read.")] = 200,
) -> None:
    """Run one pass of a migration, or what is left of it."""
    from infra import migrations  # noqa: PLC0415 - as above.

    migration = next((one for one in migrations.MIGRATIONS if one.name == name), None)
    if migration is None:
        known = ", ".join(one.name for one in migrations.MIGRATIONS)
        raise typer.BadParameter(f"there is no migration {name}; there are {known}")
    moved = 0
    with Progress(TextColumn("{task.description}"), TimeElapsedColumn(), console=_console) as bar:
        task = bar.add_task(name, total=None)
        for state in migrations.run(migration, items_a_second):
            moved = state.moved
            bar.update(task, description=f"{name}: {state.seen} seen, {moved} moved")
    _console.print("nothing was left to move" if not moved else "once more, until nothing is moved")


if __name__ == "__main__":
    with commands.plainly():
        cli()
