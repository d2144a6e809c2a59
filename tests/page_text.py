"""HTML as a reader of it: its elements, and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = ("input", "br", "hr", "img", "link", "meta", "wbr", "col", "source")


@dataclass
class Element:
    """One element: its attributes and everything inside it."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def words(self) -> str:
        parts = [part if isinstance(part, str) else part.words for part in self.inside]
        return " ".join(part for part in parts if part)

    def elements(self) -> list[Element]:
        """This one and all within it, in their order."""
        found = [self]
        for part in self.inside:
            found += part.elements() if isinstance(part, Element) else []
        return found

    def named(self, name: str) -> list[Element]:
        """Those of a class."""
        return [one for one in self.elements() if name in one.classes]


def sentences(element: Element) -> str:
    """The words as they are read: the full stop right behind a number that is an element of its own."""
    return re.sub(r" ([.,;:])", r"\1", " ".join(element.words.split()))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(html: str) -> Element:
    """The tree of a piece of HTML, which must be well nested."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is not closed"
    return reader.root
