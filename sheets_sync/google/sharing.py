"""With whom a spreadsheet is shared: wider than the operator listed, nothing is decided by it or put into it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

FIELDS = "trashed,permissions(type,emailAddress,domain,role,deleted)"
ANYONE = "anyone with the link"
_WRITERS = frozenset({"owner", "organizer", "fileOrganizer", "writer"})


class Permission(msgspec.Struct, rename="camel"):
    """One grant of access, as Drive names it."""

    type: str
    role: str
    email_address: str = ""
    domain: str = ""
    deleted: bool = False

    @property
    def who(self) -> str:
        """The address, the domain, or anyone."""
        return self.email_address or self.domain or ANYONE


class Access(msgspec.Struct, rename="camel"):
    """A file's access as Drive tells it; no `permissions` where we may not see them."""

    trashed: bool = False
    permissions: list[Permission] | None = None

    def writers(self, itself: str) -> str:
        """Name who, beside ourselves, may enter a decision."""
        return ", ".join(
            sorted(
                grant.who
                for grant in self.permissions or ()
                if grant.role in _WRITERS and not grant.deleted and not _same(grant.who, itself)
            )
        )


def distrust(access: Access, *, allowed: Sequence[str], itself: str) -> str:
    """Say why the spreadsheet must not be used ("" when it may)."""
    if access.permissions is None:
        return "it can't be seen with whom it is shared; make the account that syncs it an editor who may share it"
    known = {name.casefold() for name in (*allowed, itself)}
    strangers = [
        grant.who for grant in access.permissions if not grant.deleted and not _is_known(grant, known)
    ]
    if not strangers:
        return ""
    if ANYONE in strangers:
        return f"{ANYONE} can see the spreadsheet; restrict its general access to the people you added"
    names = ", ".join(sorted(strangers))
    return f"the spreadsheet is shared with {names}, not listed in shared_with; take them out, or list them"


def _is_known(grant: Permission, known: set[str]) -> bool:
    if grant.type == "anyone":
        return False
    address = grant.who.casefold()
    return address in known or (grant.type == "user" and address.rpartition("@")[2] in known)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
