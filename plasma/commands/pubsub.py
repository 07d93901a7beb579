"""Publishing, and asking who listens. Listening itself is a conversation on a connection of its own, not a command.

A key prefix is never put to a channel.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, pairs_to_dict, texts

if TYPE_CHECKING:
    from .core import Reply, Value


class PubSubCommands(CommandsCore[S]):
    """Publishing, and asking who listens."""

    __slots__ = ()

    def publish(self, channel: Value, message: Value) -> Reply[int]:
        """Return how many clients have received *message*. In a cluster only those on the same node are counted.

        https://redis.io/docs/latest/commands/publish/
        """
        return self._run("PUBLISH", channel, message)

    def pubsub_channels(self, pattern: Value | None = None) -> Reply[list[S]]:
        """Return the channels that somebody listens to by name, all or those that match the glob-style *pattern*.

        https://redis.io/docs/latest/commands/pubsub-channels/
        """
        return self._run("PUBSUB CHANNELS", *(() if pattern is None else (pattern,)))

    def pubsub_help(self) -> Reply[list[str]]:
        """Return the server's lines on the PUBSUB commands.

        https://redis.io/docs/latest/commands/pubsub-help/
        """
        return self._run("PUBSUB HELP", parse=texts)

    def pubsub_numpat(self) -> Reply[int]:
        """Return to how many patterns clients listen.

        https://redis.io/docs/latest/commands/pubsub-numpat/
        """
        return self._run("PUBSUB NUMPAT")

    def pubsub_numsub(self, *channels: Value) -> Reply[dict[S, int]]:
        """Return how many clients listen to each of *channels* by name.

        https://redis.io/docs/latest/commands/pubsub-numsub/
        """
        return self._run("PUBSUB NUMSUB", *channels, parse=pairs_to_dict)

    def pubsub_shardchannels(self, pattern: Value | None = None) -> Reply[list[S]]:
        """Return the sharded channels that somebody listens to, all or those that match the glob-style *pattern*.

        https://redis.io/docs/latest/commands/pubsub-shardchannels/
        """
        return self._run("PUBSUB SHARDCHANNELS", *(() if pattern is None else (pattern,)))

    def pubsub_shardnumsub(self, *shardchannels: Value) -> Reply[dict[S, int]]:
        """Return how many clients listen to each of these sharded channels.

        https://redis.io/docs/latest/commands/pubsub-shardnumsub/
        """
        return self._run("PUBSUB SHARDNUMSUB", *shardchannels, parse=pairs_to_dict)

    def spublish(self, shardchannel: Value, message: Value) -> Reply[int]:
        """Return how many clients have received *message* on a sharded channel.

        https://redis.io/docs/latest/commands/spublish/
        """
        return self._run("SPUBLISH", shardchannel, message)
