"""A file that is refused, with the lines that are wrong."""

from __future__ import annotations

from app.errors import InputError
from app.text import t


class ImportRefused(InputError):
    """Rows that cannot be typed: `wrong` holds (line, reason) of the first; nothing of the file was kept."""

    def __init__(self, name: str, count: int, wrong: list[tuple[int, str]]) -> None:
        said = [t("imports.line_reason", line=line, reason=reason) for line, reason in wrong]
        more = [t("imports.refused_more", count=count - len(wrong))] if count > len(wrong) else []
        head = t("imports.refused_one" if count == 1 else "imports.refused", name=name, count=count)
        super().__init__("\n".join([head, *said, *more]), hint=t("imports.refused_hint"))
        self.wrong = wrong

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"
