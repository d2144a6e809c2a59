"""Tables and lines on the standard output, in which every text stands as it was written: none is markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNCUT = 10_000  # columns: nothing is cut or broken; a narrow terminal wraps the lines


def console(*, uncut: bool = False, stderr: bool = False) -> Console:
    """The standard output, as wide as its terminal; without a terminal, or `uncut`, as wide as the lines."""
    from rich.console import Console

    made = Console(markup=False, emoji=False, stderr=stderr)
    if uncut or not made.is_terminal:
        made.width, made.soft_wrap = UNCUT, True
    return made


def add_column(table: Table, head: str, *, whole: bool, number: bool = False) -> None:
    """A column whose head is never broken; `whole`: no value of it is, either."""
    table.add_column(
        head,
        justify="right" if number else "left",
        overflow="fold",
        no_wrap=whole,
        min_width=max(len(word) for word in head.split() or [""]),
    )
