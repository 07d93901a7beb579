"""A signal whose handler raises, wherever it strikes: no reader, connection or place is left of a subscription."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.interruptions import signalled
from support.waiting import Background, wait_until

from plasma import Message, RedisClient
from plasma.testing import RedisServer

Client = RedisClient[str]


@pytest.fixture
def client(server: RedisServer) -> Iterator[Client]:
    # Without keep-alive a reader that nobody wakes sleeps for ever.
    with RedisClient(server.url, keepalive=None) as client:
        in_a_block(client)
        called_back(client)  # what is imported by the first call is no part of the others
        yield client


def nothing_is_left(client: Client) -> bool:
    pool = client._pool
    return (
        not [thread for thread in threading.enumerate() if thread.name.startswith("plasma.pubsub")]
        and not pool.listeners
        and not client.execute("CLIENT", "LIST", "TYPE", "pubsub")
        and len(pool.alive) == len(pool.idle)
    )


def in_a_block(client: Client) -> None:
    with client.pubsub() as inbox:
        inbox.subscribe("a")
        client.publish("a", "x")
        inbox.get(timeout=5)
        inbox.unsubscribe("a")


def closed(client: Client) -> None:
    inbox = client.pubsub()
    inbox.subscribe("a")
    inbox.close()


def dropped(client: Client) -> None:
    inbox = client.pubsub()
    inbox.subscribe("a")


@pytest.mark.parametrize("use", [in_a_block, closed, dropped])
def test_an_inbox_struck_anywhere_and_dropped_leaves_nothing(
    client: Client, use: Callable[[Client], None], recwarn: pytest.WarningsRecorder
) -> None:
    for _ in signalled(lambda: use(client), runs=300):
        gc.collect()

        wait_until(lambda: nothing_is_left(client))


def called_back(client: Client) -> None:
    with client.subscribe("a", print):
        pass


def unsubscribed(client: Client) -> None:
    client.subscribe("a", print)
    client.unsubscribe()


@pytest.mark.parametrize("use", [called_back, unsubscribed])
def test_a_subscription_struck_anywhere_leaves_nothing_once_it_is_unsubscribed(
    client: Client, use: Callable[[Client], None], recwarn: pytest.WarningsRecorder
) -> None:
    for _ in signalled(lambda: use(client), runs=300):
        client.unsubscribe("a")

        wait_until(lambda: nothing_is_left(client))


def test_a_subscription_whose_close_was_struck_anywhere_is_ended_by_the_next(
    client: Client, recwarn: pytest.WarningsRecorder
) -> None:
    made = []

    def call() -> None:
        made.append(client.subscribe("a", print))
        made[-1].close()

    for _ in signalled(call, runs=300):
        if made:
            made.pop().close()
        else:
            client.unsubscribe("a")

        wait_until(lambda: nothing_is_left(client))


@pytest.mark.parametrize("use", [in_a_block, called_back])
def test_a_client_that_is_disconnected_has_nothing_left_wherever_it_was_struck(
    client: Client, use: Callable[[Client], None], recwarn: pytest.WarningsRecorder
) -> None:
    def call() -> None:
        use(client)
        client.disconnect()

    for _ in signalled(call, runs=200):
        client.disconnect()

        wait_until(lambda: nothing_is_left(client))


def test_an_inbox_struck_anywhere_as_it_waits_gives_the_next_message_to_who_waits_next(client: Client) -> None:
    with client.pubsub() as inbox:
        inbox.subscribe("a")
        arrived: Any = inbox._feed._arrived
        for at in signalled(lambda: inbox.get(timeout=0.001), runs=500):
            before = len(arrived._waiters)
            waiting = Background(inbox.get)
            wait_until(lambda before=before: len(arrived._waiters) > before)
            client.publish("a", str(at))

            assert waiting.result(10) == Message("message", "a", str(at))


def test_an_inbox_struck_anywhere_as_it_subscribes_holds_no_more_messages_than_it_may(client: Client) -> None:
    with client.pubsub(capacity=1) as inbox:
        inbox.subscribe("a")
        for _ in signalled(lambda: inbox.subscribe("b")):
            pass
        for number in range(10):
            client.publish("a", number)
        wait_until(lambda: inbox._feed.wants_room)

        assert len(inbox) == 1
