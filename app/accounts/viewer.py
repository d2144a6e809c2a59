"""The one who asks: identity, permissions and row scope, as a plain value that lower code may be handed."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.accounts.permissions import PUBLIC
from app.data.query.spec import EVERYTHING, Scope
from app.errors import AccessDenied
from app.text import t


@dataclass(frozen=True)
class Viewer:
    """A signed-in person or a token's owner; `session_id` is empty for tokens and commands."""

    user_id: int
    email: str
    name: str
    role: str
    permissions: frozenset[str] = frozenset()
    scope: Scope = EVERYTHING
    session_id: str = ""
    must_change_password: bool = False
    preferences: dict[str, object] = field(default_factory=dict)

    def may(self, permission: str) -> bool:
        return permission == PUBLIC or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises: AccessDenied."""
        if not self.may(permission):
            raise AccessDenied(t("users.may_not"), hint=t("users.may_not_hint"))

    def require_everything(self, why: str) -> None:
        """What works on the whole company is for those who see it all. Raises: AccessDenied, with `why`."""
        if not self.scope.unrestricted:
            raise AccessDenied(why)


NOBODY = Viewer(0, "", "", "")
