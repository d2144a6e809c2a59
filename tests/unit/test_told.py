"""Who is told, in one line, with addresses that break behind a sign alone."""

from __future__ import annotations

from dash import html

from app.layouts.told import Told, breakable, lines

THREE = ("alice@example.com", "bob@example.com", "cem@example.com")


def test_one_a_channel_is_named_at_once() -> None:
    told = Told("slack", ["#ads"], "sent"), Told("email", ["alice@example.com"], "sent")
    assert [type(line) for line in lines(told)] == [html.Div, html.Div]


def test_several_of_a_channel_are_counted_in_one_line_and_named_behind_it() -> None:
    told = Told("inbox", THREE, "sent"), Told("slack", ["#ads"], "sent"), Told("email", THREE, "sent")
    (details,) = lines(told)
    head, *named = details.children
    assert "".join(head.children[0].children) == "3 by e-mail, Slack #ads, 3 in the inbox (sent)"
    assert len(named) == 3


def test_what_failed_stands_outside_of_what_is_folded() -> None:
    told = Told("email", THREE[:2], "sent"), Told("email", THREE[2:], "failed", "No such mailbox")
    details, error = lines(told)
    summary = "".join(part for part in details.children[0].children[0].children if isinstance(part, str))
    assert summary == "2 by e-mail (sent); E-mail cem@example.com (failed)"
    assert error.children.children == "No such mailbox"


def test_an_address_breaks_behind_a_sign_alone() -> None:
    parts = breakable("campaign.specialist@larkfield.example, #ads (sent).")
    words = ["campaign.", "specialist@", "larkfield.", "example, #ads (sent)."]
    assert parts[::2] == words
    assert {type(part) for part in parts[1::2]} == {html.Wbr}
