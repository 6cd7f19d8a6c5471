"""A worker that stops in the middle of its work, as a machine that sleeps: whoever starts it wakes it later.

Run: frozen_life.py LIFE_AS_JSON MOMENT STEP
"""

import json
import os
import signal
import sys
import time

from effect_accounts import accounts
from effect_lives import FLOWS, Life, worker_of

from workbench.company import open_company

THINKING, BEFORE, AFTER = "thinking", "before", "after"


def stop():
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.2)  # another thread may be stopped first


def live(life, moment, where):
    """Work until nothing moves; stop once, at a moment of a step."""
    left = [where]

    def meanwhile(now, order):
        if left and (now, order.intent.target.partition("@")[0]) == (moment, left[0]):
            left.clear()
            stop()

    def think(step):
        if left and (moment, step) == (THINKING, left[0]):
            left.clear()
            stop()

    with open_company(life.folder) as company:
        pairs = accounts(life.world, life.place, meanwhile=meanwhile)
        worker = worker_of(company, life, pairs, FLOWS[life.flow], think=think)
        worker.run_until_idle()
        worker.close()


if __name__ == "__main__":
    live(Life(**json.loads(sys.argv[1])), *sys.argv[2:])
