"""What the server under test can do, as it says itself, and the marks by which a case asks for it.

    @needs("HGETEX")                              the command must be there (COMMAND)
    @since(redis="7.4", valkey="8.0")             for options, which COMMAND does not tell

Valkey and Redict began as Redis 7.2: what Redis had by then they have. Later versions are their own, so a case that
asks for a later Redis runs there only if it names their version too; `since(valkey="9.0")` runs on no Redis.
"""

from __future__ import annotations

from typing import Any

import pytest

FORKED_AT = (7, 2)


def needs(*commands: str) -> pytest.MarkDecorator:
    """Run the case (or, as `pytestmark`, the file) only where the server has all these commands."""
    return pytest.mark.needs(*commands)


def since(redis: str | None = None, valkey: str | None = None, redict: str | None = None) -> pytest.MarkDecorator:
    """Run the case only on these versions or later ones."""
    return pytest.mark.since(redis=redis, valkey=valkey, redict=redict)


class ServerFacts:
    """Family, version and commands of a running server, asked once."""

    def __init__(self, client: Any) -> None:
        told = client.execute("INFO", "server")
        fields = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
        self.family = fields.get("server_name", "redis")
        self.version = _numbers(fields.get(f"{self.family}_version", fields["redis_version"]))
        self.commands: set[str] = set()
        for entry in client.execute("COMMAND"):
            self.commands.add(entry[0].upper())
            # The tenth part of an entry holds the subcommands ("config|get"), on servers that tell them.
            for inner in entry[9] if len(entry) > 9 else ():
                self.commands.add(inner[0].replace("|", " ").upper())

    def __str__(self) -> str:
        return f"{self.family} {'.'.join(map(str, self.version))}"

    def has(self, command: str) -> bool:
        """Whether the server has the command ("HGETEX", "CLIENT NO-TOUCH")."""
        return command.upper() in self.commands

    def since(self, redis: str | None = None, valkey: str | None = None, redict: str | None = None) -> bool:
        """Whether the server is at least of these versions; a family that is not named has it not."""
        own = {"redis": redis, "valkey": valkey, "redict": redict}.get(self.family)
        if own is None:
            return redis is not None and _numbers(redis) <= FORKED_AT
        return self.version >= _numbers(own)

    def refusal(self, item: pytest.Item) -> str | None:
        """Why a case cannot run here, or None."""
        for mark in item.iter_markers("needs"):
            for command in mark.args:
                if not self.has(command):
                    return f"{self} has no {command}"
        for mark in item.iter_markers("since"):
            if not self.since(**mark.kwargs):
                return f"{self} is too old: {', '.join(f'{k} {v}' for k, v in mark.kwargs.items() if v)} needed"
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
