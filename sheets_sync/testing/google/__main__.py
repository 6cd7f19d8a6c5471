"""The stand-in in a process of its own, for measurements: `python -m sheets_sync.testing.google`.

It writes one line of JSON (url, id of an empty spreadsheet, a token of its owner) and serves until its input ends.
"""

from __future__ import annotations

import json
import sys

from sheets_sync.testing.google.server import GoogleStandIn


def main() -> None:
    """Serve until standard input ends, so that nothing is left when the parent dies."""
    with GoogleStandIn() as stand_in:
        told = {"url": stand_in.url, "id": stand_in.create().id, "token": stand_in.access_token()}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
