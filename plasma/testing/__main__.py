"""python -m plasma.testing [--install] [--server NAME]: say which server program tests would use.

Its path goes to standard output, the list of what there is to standard error. With --install one is fetched if there
is none. The exit status is 1, with advice, if there is none in the end.
"""

from __future__ import annotations

import argparse
import sys

from .errors import ServerNotFound
from .find import find_server, find_servers
from .install import install_server


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m plasma.testing", description="Say which server tests would use.")
    parser.add_argument("--install", action="store_true", help="fetch a server program if there is none")
    parser.add_argument("--server", metavar="NAME", help="the one of this name, family or path (PLASMA_SERVER)")
    arguments = parser.parse_args()
    try:
        if arguments.install and not find_servers():
            install_server()
        used = find_server(arguments.server)
    except ServerNotFound as error:
        print(error, file=sys.stderr)
        return 1
    for program in find_servers():
        mark = "*" if program.path == used.path else " "
        print(f"{mark} {program.name:12} {program.version:10} {program.source:14} {program.path}", file=sys.stderr)
    print(used.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
