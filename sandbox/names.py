"""Made-up names of people and companies, and Salesforce's eighteen-character ids."""

from __future__ import annotations

import numpy as np

from sandbox.draws import uniform

_FIRST = [
    "Ada",
    "Ben",
    "Carla",
    "David",
    "Elena",
    "Felix",
    "Grace",
    "Henry",
    "Ines",
    "Jonas",
    "Katja",
    "Liam",
    "Maya",
    "Noah",
    "Olga",
    "Paul",
    "Quinn",
    "Rosa",
    "Sam",
    "Tara",
    "Uma",
    "Victor",
    "Wendy",
    "Yusuf",
    "Zoe",
]
_LAST = [
    "Adler",
    "Brooks",
    "Chen",
    "Diaz",
    "Evans",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ito",
    "Jansen",
    "Klein",
    "Lopez",
    "Meyer",
    "Novak",
    "Okafor",
    "Patel",
    "Reed",
    "Schmidt",
    "Turner",
    "Ueda",
    "Vogel",
    "Weber",
    "Young",
    "Ziegler",
]
_COMPANY = [
    "Alder",
    "Amber",
    "Aspen",
    "Birch",
    "Bluefin",
    "Cedar",
    "Cobalt",
    "Copper",
    "Delta",
    "Ember",
    "Fern",
    "Granite",
    "Harbor",
    "Hazel",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Linden",
    "Maple",
    "Meadow",
    "Nimbus",
    "Northwind",
    "Oak",
    "Orchard",
    "Pine",
    "Quartz",
    "River",
    "Sable",
    "Summit",
    "Tidal",
    "Umber",
    "Vista",
    "Willow",
    "Zephyr",
]
_TRADE = [
    "Analytics",
    "Bakeries",
    "Clinics",
    "Digital",
    "Energy",
    "Foods",
    "Freight",
    "Games",
    "Health",
    "Homes",
    "Insurance",
    "Labs",
    "Legal",
    "Logistics",
    "Media",
    "Optics",
    "Outdoor",
    "Partners",
    "Payments",
    "Retail",
    "Robotics",
    "Schools",
    "Software",
    "Studios",
    "Supply",
    "Travel",
]
_FORM = ("Inc", "LLC", "Ltd", "GmbH", "Group", "Co")
_BASE62 = np.array(
    [ord(c) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"], np.uint32
)
_CHECK = np.array([ord(c) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"], np.uint32)


def _words(seed: int, ids: np.ndarray, question: int, words: list[str] | tuple[str, ...]) -> list[str]:
    picked = (uniform(seed, ids, question) * len(words)).astype(int)
    return [words[i] for i in picked]


def companies(seed: int, ids: np.ndarray) -> list[str]:
    """A company name for each id."""
    parts = (_words(seed, ids, 81, _COMPANY), _words(seed, ids, 82, _TRADE), _words(seed, ids, 83, _FORM))
    return [" ".join(words) for words in zip(*parts, strict=True)]


def people(seed: int, ids: np.ndarray) -> list[tuple[str, str]]:
    """A first and a last name for each id."""
    return list(zip(_words(seed, ids, 84, _FIRST), _words(seed, ids, 85, _LAST), strict=True))


def salesforce_id(prefix: str, number: int) -> str:
    """The eighteen-character id of one record."""
    return str(salesforce_ids(prefix, np.array([number]))[0])


def salesforce_ids(prefix: str, numbers: np.ndarray) -> np.ndarray:
    """The eighteen-character ids of records.

    Source: fifteen case-sensitive characters and three that encode the upper-case positions.
    """
    rest, codes = np.asarray(numbers, np.int64), np.empty((len(numbers), 18), np.uint32)
    codes[:, :3] = [ord(char) for char in prefix]
    for place in range(14, 2, -1):
        rest, digit = np.divmod(rest, 62)
        codes[:, place] = _BASE62[digit]
    upper = (codes[:, :15] >= ord("A")) & (codes[:, :15] <= ord("Z"))
    bits = upper.reshape(-1, 3, 5) @ (1 << np.arange(5))
    codes[:, 15:] = _CHECK[bits]
    return codes.view("<U18")[:, 0]
