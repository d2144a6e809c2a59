"""Component ids of alerts, schedules and the inbox."""

from __future__ import annotations

Id = dict[str, object]

ALERT_BODY = "alert-body"
ALERT_DIALOG = "alert-dialog"
ALERT_TARGET = "alert-target"
ALERT_SAVE = "alert-save"
ALERT_PROBLEM = "alert-problem"
ALERT_ADD = "alert-add"
ALERT_PARTS = "alert-parts"
ALERT_CONFIRM = "alert-confirm-do"
ALERT_CONFIRM_TARGET = "alert-confirm-target"
ALERT_CONFIRM_PROBLEM = "alert-confirm-problem"
GROUP_ADD = "group-add"
GROUP_DIALOG = "group-dialog"
GROUP_TARGET = "group-target"
GROUP_NAME = "group-name"
GROUP_MEMBERS = "group-members"
GROUP_SAVE = "group-save"
GROUP_PROBLEM = "group-problem"
GROUP_REMOVE = "group-remove-do"
SEEING_TO = ("acknowledge", "reopen", "snooze")  # done to the alarm of one member
VERBS = ("test", "switch_on")
ASKED = ("switch_off", "remove")  # done after a question

SCHEDULE_BODY = "schedule-body"
SCHEDULE_DIALOG = "schedule-dialog"
SCHEDULE_TARGET = "schedule-target"
SCHEDULE_TITLE = "schedule-title"
SCHEDULE_SAVE = "schedule-save"
SCHEDULE_PROBLEM = "schedule-problem"
SCHEDULE_CONFIRM = "schedule-confirm-do"
SCHEDULE_ASKED = ("run", "pause")  # done after a question

INBOX = "inbox"
INBOX_POLL = "inbox-poll"
INBOX_READ = "inbox-read"
WISHES_SAVED = "wishes-saved"


def alert_button(verb: str, rule: object, member: object = "") -> Id:
    """A button of a rule, or of one of its members; `ALL` matches any."""
    return {"type": f"alert-{verb}", "rule": rule, "member": member}


def alert_field(name: object) -> Id:
    """A field of the dialog that edits a rule; `ALL` matches any."""
    return {"type": "alert-field", "name": name}


def group_button(verb: str, group: object) -> Id:
    """A button in the row of a group; `ALL` matches any."""
    return {"type": f"group-{verb}", "group": group}


def schedule_button(verb: str, schedule: object) -> Id:
    """A button in a schedule's row; `ALL` matches any."""
    return {"type": f"schedule-{verb}", "schedule": schedule}


def wish(channel: object) -> Id:
    """The choice of a channel's least severity; `ALL` matches any."""
    return {"type": "wish", "channel": channel}
