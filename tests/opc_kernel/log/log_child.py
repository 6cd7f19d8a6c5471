"""A program that lives a plan in a folder and says on its output what was acknowledged, for a tracer to run.

It goes on after errors as a client would: with the same event ids, on a log opened anew where the old one closed.
"""

import argparse
import os
import sys
import threading
from functools import partial
from pathlib import Path

from log_examples import opened
from log_lives import LENGTHS, Notes

from opc_kernel.log import database as database_module
from opc_kernel.log import journal as journal_module
from opc_kernel.log.errors import LogClosed, LogError, OutcomeUnknown
from opc_kernel.testing.lives import send

TRIES = 4
GAVE_UP = 3
"""Exit code of a program that could not append everything."""


def arguments():
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))))
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--segment-bytes", type=int)
    asked.add_argument("--checkpoint-at")
    return asked.parse_args()


class Client:
    """One company, opened again whenever its log closed."""

    def __init__(self, folder):
        self._open = partial(opened, folder, wait_s=5.0)
        self._turn = threading.Lock()
        self._log = patiently(self._open)

    def append(self, plan, number):
        def attempt():
            log = self._log
            try:
                return send(log, plan[number]).positions
            except (OutcomeUnknown, LogClosed):
                self._open_again(log)
                raise

        tell(number, patiently(attempt))

    def end(self):
        self._log.query("SELECT sum(events) FROM note")
        self._log.close()

    def _open_again(self, closed):
        with self._turn:
            if self._log is closed:
                closed.close()
                self._log = patiently(self._open)


def patiently(attempt):
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except (LogError, OSError):
            if not left:
                raise
    return None


def tell(number, positions):
    os.write(1, f"ack {number} {','.join(map(str, positions))}\n".encode())


def main(asked):
    if asked.segment_bytes:
        journal_module.SEGMENT_BYTES = asked.segment_bytes
    if asked.checkpoint_at:
        database_module.CHECKPOINT_AT = asked.checkpoint_at
    plan = Notes("life", asked.sizes, LENGTHS)
    client = Client(asked.folder)

    def some(first):
        for number in range(first, len(plan), asked.threads):
            client.append(plan, number)

    if asked.threads == 1:
        some(0)
    else:
        threads = [threading.Thread(target=some, args=(first,)) for first in range(asked.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    client.end()


if __name__ == "__main__":
    try:
        main(arguments())
    except (LogError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - for whoever reads the trace
        sys.exit(GAVE_UP)
