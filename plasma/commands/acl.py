"""Commands on access control lists: users, what each may do, and who tried what it may not.

Users, rules, patterns and reasons are `str`, whatever the text type: they are settings of the server's.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, at_most_one, none_given, ok, overload, text, text_keys, texts
from .worded import client, text_set, worded, worded_maps

if TYPE_CHECKING:
    from typing import Any, Literal

    from .core import Reply, Value


class ACLCommands(CommandsCore[S]):
    """Users and what they may do."""

    __slots__ = ()

    def acl_cat(self, category: str | None = None) -> Reply[list[str]]:
        """Return the categories of commands, or the commands in one of them.

        https://redis.io/docs/latest/commands/acl-cat/
        """
        return self._run("ACL CAT", *(() if category is None else (category,)), parse=texts)

    def acl_deluser(self, *usernames: str) -> Reply[int]:
        """Return how many of these users there were; they are gone, and their connections closed.

        https://redis.io/docs/latest/commands/acl-deluser/
        """
        if not usernames:
            raise none_given("acl_deluser", "user")
        return self._run("ACL DELUSER", *usernames)

    def acl_dryrun(self, username: str, command: str, *args: Value) -> Reply[str]:
        """Return "OK" if the user may run this command, or why it may not. It is not run.

        https://redis.io/docs/latest/commands/acl-dryrun/
        """
        return self._run("ACL DRYRUN", username, command, *args, parse=text)

    def acl_genpass(self, bits: int | None = None) -> Reply[str]:
        """Return a random password in hexadecimal, of 256 bits or of so many.

        https://redis.io/docs/latest/commands/acl-genpass/
        """
        return self._run("ACL GENPASS", *(() if bits is None else (bits,)), parse=text)

    def acl_getuser(self, username: str) -> Reply[dict[str, Any] | None]:
        """Return the rules of a user, or None if there is no such user.

        `flags` is a set, `passwords` a list of hashes; `commands`, `keys` and `channels` are as the server words them,
        and `selectors` is a list of dicts of the same.

        https://redis.io/docs/latest/commands/acl-getuser/
        """
        return self._run("ACL GETUSER", username, parse=_user)

    def acl_help(self) -> Reply[list[str]]:
        """Return the server's lines on the ACL commands.

        https://redis.io/docs/latest/commands/acl-help/
        """
        return self._run("ACL HELP", parse=texts)

    def acl_list(self) -> Reply[list[str]]:
        """Return the users with their rules, as lines of an ACL file.

        https://redis.io/docs/latest/commands/acl-list/
        """
        return self._run("ACL LIST", parse=texts)

    def acl_load(self) -> Reply[bool]:
        """Return True; the users are those of the ACL file.

        https://redis.io/docs/latest/commands/acl-load/
        """
        return self._run("ACL LOAD", parse=ok)

    @overload
    def acl_log(self, count: int | None = None) -> Reply[list[dict[str, Any]]]: ...
    @overload
    def acl_log(self, *, reset: Literal[True]) -> Reply[bool]: ...
    def acl_log(self, count: int | None = None, *, reset: bool = False) -> Reply[Any]:
        """Return the newest refusals, 10 or at most *count*: `reason`, `object`, `username`, `client-info` ...

        Args:
            reset: Return True instead; the log is empty.

        https://redis.io/docs/latest/commands/acl-log/
        """
        at_most_one("acl_log", count=count, reset=reset)
        if reset:
            return self._run("ACL LOG", "RESET", parse=ok)
        return self._run("ACL LOG", *(() if count is None else (count,)), parse=_refusals)

    def acl_save(self) -> Reply[bool]:
        """Return True; the ACL file has the users as they are.

        https://redis.io/docs/latest/commands/acl-save/
        """
        return self._run("ACL SAVE", parse=ok)

    def acl_setuser(self, username: str, *rules: str) -> Reply[bool]:
        """Return True; the user has these rules beside those it had. A new one may do nothing before.

        Args:
            rules: One rule each: "on", ">password", "~pattern", "+command", "-@category", "(+get ~a*)", "reset" ...

        https://redis.io/docs/latest/commands/acl-setuser/
        """
        return self._run("ACL SETUSER", username, *rules, parse=ok)

    def acl_users(self) -> Reply[list[str]]:
        """Return the names of the users.

        https://redis.io/docs/latest/commands/acl-users/
        """
        return self._run("ACL USERS", parse=texts)

    def acl_whoami(self) -> Reply[str]:
        """Return the name of the user that the connection is logged in as.

        https://redis.io/docs/latest/commands/acl-whoami/
        """
        return self._run("ACL WHOAMI", parse=text)


def _user(reply: Any) -> dict[str, Any] | None:
    if reply is None:
        return None
    found = text_keys(reply)
    for name, value in found.items():
        if name == "flags":
            found[name] = text_set(value)
        else:
            found[name] = worded_maps(value) if name == "selectors" else worded(value)
    return found


def _refusals(reply: Any) -> list[dict[str, Any]]:
    entries = worded_maps(reply)
    for entry in entries:
        entry["age-seconds"] = float(entry["age-seconds"])  # text on RESP2
        entry["client-info"] = client(entry["client-info"])
    return entries
