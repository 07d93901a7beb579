"""What one received message costs: 100,000 of them in a loop over an inbox, against redis-py, in one run.

    python benchmarks/messages.py [--rounds N]

Each receiver is a process of its own, whose CPU is counted from the moment it has subscribed to the last message. The
contenders take turns; the table shows the medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median

from plasma import RedisClient
from plasma.testing import RedisServer

MESSAGES = 100_000

COUNT = f"""
print("ready", flush=True)
import time
cpu = time.process_time()
wall = None
for number, message in enumerate(messages, 1):
    wall = wall or time.perf_counter()
    if number == {MESSAGES}:
        break
print(time.process_time() - cpu, time.perf_counter() - wall, flush=True)
"""
PLASMA = "from plasma import RedisClient\nmessages = RedisClient({url!r}, parser={parser!r}).pubsub()\n"
RECEIVERS = {
    "redis-py": "import redis\nmessages = redis.from_url({url!r}, decode_responses=True).pubsub()\n"
    'messages.subscribe("many")\nmessages = messages.listen()\nnext(messages)\n',
    "plasma, python": PLASMA.replace("{parser!r}", "'python'") + 'messages.subscribe("many")\n',
    "plasma, hiredis": PLASMA.replace("{parser!r}", "'hiredis'") + 'messages.subscribe("many")\n',
}


def receive(url: str, code: str) -> tuple[float, float]:
    """Seconds of CPU and of the clock that a receiver takes."""
    command = [sys.executable, "-c", code.replace("{url!r}", repr(url)) + COUNT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with RedisClient(url, command_timeout=None) as client:
            pipe = client.pipeline()
            for number in range(MESSAGES):
                pipe.publish("many", f"message number {number}")
            pipe.exec()
        cpu, wall = process.stdout.readline().split()
    return float(cpu), float(wall)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    with RedisServer(config={"client-output-buffer-limit": "pubsub 0 0 0"}) as server:
        found = [{name: receive(server.url, code) for name, code in RECEIVERS.items()} for _ in range(rounds)]
    for name in RECEIVERS:
        cpu = median(entry[name][0] for entry in found)
        wall = median(entry[name][1] for entry in found)
        ratio = median(entry["redis-py"][0] / entry[name][0] for entry in found)
        print(f"{name:16} {cpu / MESSAGES * 1e6:6.2f} us of CPU a message, {wall:5.2f} s, {ratio:4.1f} times less CPU")


if __name__ == "__main__":
    main()
