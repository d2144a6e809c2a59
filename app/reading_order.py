"""Names come from outside, and some hold invisible characters that turn the words around them about: a
sentence with its numbers would read backwards. What people read is free of them; data stays as it is."""

from __future__ import annotations

import re

# The marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm.
TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_GONE = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def in_order(text: str) -> str:
    """Text that reads in the order in which it stands; markup stays markup."""
    return text.translate(_GONE) if TURNS.search(text) else text
