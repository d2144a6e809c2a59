"""The organisation's own channel mapping: an ordered list, read from a file and replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.data.models import ChannelRule
from app.data.pipeline.imports import tabular
from app.data.pipeline.imports.refusal import ImportRefused
from app.data.transform import Untypable
from app.data.warehouse.channels import DEFAULT_RULES, OTHER, UNATTRIBUTED, Rule
from app.errors import InputError
from app.text import t

COLUMNS = ("channel", "source", "medium", "campaign")
MOST = (60, 200, 200, 200)  # characters of each column


def own(session: Session) -> tuple[Rule, ...]:
    """The organisation's rules in their order; none while the built-in ones are in force."""
    lines = session.scalars(select(ChannelRule).order_by(ChannelRule.position, ChannelRule.id))
    return tuple(
        Rule(line.channel, line.source_pattern, line.medium_pattern, line.campaign_pattern) for line in lines
    )


def effective(session: Session) -> tuple[Rule, ...]:
    """The rules in force: the organisation's, else the built-in ones."""
    return own(session) or DEFAULT_RULES


def channels(session: Session) -> tuple[str, ...]:
    """Every channel that traffic can be mapped to, in the order of the rules; what none knows comes last."""
    return tuple(dict.fromkeys([*(rule.channel for rule in effective(session)), OTHER]))


def replace(session: Session, rules: Sequence[Rule]) -> None:
    """Put rules in the place of all that were there; the next publish maps all traffic by them. Without any,
    the built-in ones are in force again."""
    session.execute(delete(ChannelRule))
    session.add_all(
        ChannelRule(
            position=position,
            channel=rule.channel,
            source_pattern=rule.source,
            medium_pattern=rule.medium,
            campaign_pattern=rule.campaign,
        )
        for position, rule in enumerate(rules, start=1)
    )


def read(path: Path) -> list[Rule]:
    """The rules of a file in the order of its lines; an empty pattern fits everything.

    Raises: InputError, ImportRefused with every line that is wrong.
    """
    table = tabular.read(path)
    if "channel" not in table.header or set(table.header) - set(COLUMNS):
        raise InputError(
            t("channels.header", name=path.name, header=", ".join(table.header)),
            hint=t("channels.header_hint", columns=", ".join(COLUMNS)),
        )
    rules: dict[Rule, int] = {}
    wrong: list[tuple[int, str]] = []
    for line, row in table.rows:
        try:
            rules[_rule(row, rules)] = line
        except Untypable as reason:
            wrong.append((line, str(reason)))
    if wrong:
        raise ImportRefused(path.name, len(wrong), wrong)
    if not rules:
        raise InputError(t("imports.no_rows", name=path.name), hint=t("channels.no_rows_hint"))
    return list(rules)


def _rule(row: Mapping[str, str], before: Mapping[Rule, int]) -> Rule:
    channel, *patterns = (row.get(name, "").strip() for name in COLUMNS)
    if not channel:
        raise Untypable(t("imports.reason_empty", name="channel"))
    if channel == UNATTRIBUTED:
        raise Untypable(t("channels.reserved", channel=channel))
    for name, value, most in zip(COLUMNS, (channel, *patterns), MOST, strict=True):
        if len(value) > most:
            raise Untypable(t("channels.long", name=name, most=most))
    rule = Rule(channel, *(pattern or "*" for pattern in patterns))
    for earlier, line in before.items():
        if _takes_all_of(earlier, rule):
            raise Untypable(t("channels.unreached", line=line))
    return rule


def _takes_all_of(earlier: Rule, rule: Rule) -> bool:
    pairs = zip(
        (earlier.source, earlier.medium, earlier.campaign),
        (rule.source, rule.medium, rule.campaign),
        strict=True,
    )
    return all(one in ("*", other) for one, other in pairs)
