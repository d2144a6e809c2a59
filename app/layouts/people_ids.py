"""Component ids of the pages about people: users, own account, audit log."""

from __future__ import annotations

Id = dict[str, object]

USER_TABLE = "user-table"
USER_ADD = "user-add"
USER_DIALOG = "user-dialog"
USER_TARGET = "user-target"
USER_EMAIL = "user-email"
USER_NAME = "user-name"
USER_ROLE = "user-role"
USER_SCOPE = "user-scope"
USER_SAVE = "user-save"
USER_PROBLEM = "user-problem"
USER_CONFIRM = "user-confirm"
USER_CONFIRM_TARGET = "user-confirm-target"
USER_CONFIRM_DO = "user-confirm-do"
USER_CONFIRM_PROBLEM = "user-confirm-problem"
USER_SECRET = "user-secret"

ACCOUNT_THEME = "account-theme"
ACCOUNT_THEME_SAVED = "account-theme-saved"
SESSION_TABLE = "session-table"
TOKEN_TABLE = "token-table"
TOKEN_ADD = "token-add"
TOKEN_DIALOG = "token-dialog"
TOKEN_NAME = "token-name"
TOKEN_DAYS = "token-days"
TOKEN_PERMISSIONS = "token-permissions"
TOKEN_SAVE = "token-save"
TOKEN_PROBLEM = "token-problem"
TOKEN_SHOWN = "token-shown"
REVOKE_DIALOG = "revoke-dialog"
REVOKE_TARGET = "revoke-target"
REVOKE_DO = "revoke-do"
REVOKE_PROBLEM = "revoke-problem"

AUDIT_LOG = "audit-log"


def user_button(verb: str, user: object) -> Id:
    """A button in a user's row: edit, disable, enable or reset; `ALL` matches any user."""
    return {"type": f"user-{verb}", "user": user}


def revoke_button(what: str, key: object) -> Id:
    """A button in a row of sessions or tokens; `ALL` matches any."""
    return {"type": f"revoke-{what}", "key": key}


def close(dialog: str) -> Id:
    """The button that closes a dialog and changes nothing."""
    return {"type": "dialog-close", "dialog": dialog}
