"""Fuzz the parser for some seconds: with atheris where it is installed, else by blind mutation of the corpus.

What atheris finds interesting goes to fuzz/work/, which is not kept in the repository; fuzz/corpus/ holds the seeds.
An input that breaks a promise is left in fuzz/work/ as well, and the exit code is not 0.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
PIECES = (
    b"\r\n",
    b"$",
    b"*",
    b":",
    b"%",
    b"~",
    b"|",
    b">",
    b"=",
    b"!",
    b"(",
    b",",
    b"#t",
    b"_",
    b"$?",
    b"*?",
    b".",
    b";0",
)


def main() -> int:
    """Run as the command line says."""
    options = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    options.add_argument("--seconds", type=int, default=20)
    seconds: int = options.parse_args().seconds
    corpus = WORK / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec("atheris") is None:
        return mutate(seconds)
    command = [sys.executable, str(HERE / "parser.py"), f"-max_total_time={seconds}", "-max_len=512", "-timeout=10"]
    return subprocess.call(
        [*command, f"-artifact_prefix={WORK}/", "-print_final_stats=1", str(corpus), str(HERE / "corpus")]
    )


def mutate(seconds: int) -> int:
    """Change the seeds at random and try what comes of it."""
    from .parser import check

    seeds = [path.read_bytes() for path in sorted((HERE / "corpus").iterdir())]
    chance = random.Random()
    end = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < end:
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 2, 5))):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(4):
                case 0:
                    data[at : at + 1] = bytes((chance.randrange(256),))
                case 1:
                    data[at:at] = chance.choice(PIECES)
                case 2:
                    del data[at : at + chance.randrange(8)]
                case _:
                    data[at:at] = chance.choice(seeds)[2:]
        tried += 1
        try:
            check(bytes(data))
        except BaseException:
            (WORK / "crash-mutation").write_bytes(data)
            print(f"broken by {bytes(data)!r} (in {WORK / 'crash-mutation'})")
            raise
    print(f"{tried} inputs tried in {seconds} s without atheris; nothing broke")
    return 0


if __name__ == "__main__":
    sys.exit(main())
