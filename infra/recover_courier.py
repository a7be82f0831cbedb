"""`python -m infra.recover_courier COURIER --since TIME`: send again all that failed since a time.

For an operator after a courier's endpoint was down. The messages are put into the queue; the
worker sends them in order, under the ids that they had.
"""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from infra import commands


def main(
    courier: Annotated[str, typer.Argument(help="The courier's id.")],
    since: Annotated[str, typer.Option(help="A time with an offset: 2026-12-01T09:00:00+08:00.")],
) -> None:
    """Put all messages that failed since a time into the queue again."""
    moment = _moment(since)
    # Where settings are refused, it is told.
    from chalicelib.core import dependencies  # noqa: PLC0415 - as above.
    from chalicelib.core.errors import NotFound  # noqa: PLC0415 - as above.
    from chalicelib.deliveries.couriers.service import directory  # noqa: PLC0415 - as above.
    from chalicelib.deliveries.couriers.service.outbox import OUTBOX  # noqa: PLC0415 - as above.
    from chalicelib.webhooks.service import replay  # noqa: PLC0415 - as above.

    console = Console(highlight=False)
    total = 0
    try:
        directory.find(courier)
        waiting = replay.count_failed(OUTBOX, courier, moment)
        with Progress(console=console) as progress:
            bar = progress.add_task(f"messages of {courier}", total=waiting)
            more = True
            while more:
                done = replay.recover(OUTBOX, courier, moment, dependencies.clock().now())
                total, more = total + done.recovered, done.more
                progress.update(bar, advance=done.recovered)
    except NotFound as error:
        raise typer.BadParameter(f"there is no courier {courier!r}") from error
    console.print(f"{total} messages go out again.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("the time is not as 2026-12-01T09:00:00+08:00") from error
    if moment.tzinfo is None:
        raise typer.BadParameter("the time needs an offset, as +08:00")
    return moment


if __name__ == "__main__":
    with commands.plainly():
        typer.run(main)
