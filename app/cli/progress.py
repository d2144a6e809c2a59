"""A progress bar on the error stream, so that the output stays what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TextColumn


@contextmanager
def bar() -> Iterator[Callable[[float, str], None]]:
    """Takes the share that is done and what is being done."""
    from rich.progress import BarColumn, TaskProgressColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from app.cli.tables import console

    columns = (doing(), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=1.0)
        yield lambda share, text: shown.update(task, completed=share, description=text)


def doing() -> TextColumn:
    """What is being done, with names of accounts and files as they are: their brackets are no markup."""
    from rich.progress import TextColumn

    return TextColumn("{task.description}", markup=False)
