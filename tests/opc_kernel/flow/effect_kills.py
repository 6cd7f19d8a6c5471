"""Killing lives of a worker, and holding what the world saw against what the log says afterwards."""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from effect_lives import FLOWS, as_words, in_child
from effect_world import DOES

from opc_kernel.testing.lives import CLEAN

CLEAN.set_forkserver_preload(["opc_kernel.log.durable", "opc_kernel.contents", "opc_kernel.flow.worker"])
KILLED = -9
BEFORE_EFFECT, BEFORE_RECORD, ELSEWHERE = (
    "before the effect",
    "after the effect, before its record",
    "elsewhere",
)


@dataclass
class Told:
    """What was heard of a life until it ended, and when."""

    exitcode: int = 0
    acknowledged: int = 0
    opened: dict | None = None
    idle: dict | None = None
    went_on_s: float | None = None
    """From the start of the process to the first step it made."""
    ended_s: float = 0.0
    asked: bool = False

    def hear(self, word, what, since):
        match word:
            case "opened":
                self.opened = what
            case "asked":
                self.asked = True
            case "idle":
                self.idle, self.ended_s = what, since
            case "stored":
                self.acknowledged = max(self.acknowledged, what)
                if self.asked and self.went_on_s is None:
                    self.went_on_s = since


def one_life(life, *, kill_after_s=None):
    """Live in a child; `kill_after_s` counts from the first acknowledgement."""
    hearing, telling = CLEAN.Pipe(duplex=False)
    child = CLEAN.Process(target=in_child, args=(life, telling))
    started, told = time.monotonic(), Told()
    child.start()
    telling.close()
    with suppress(EOFError):
        if kill_after_s is not None:
            while not told.acknowledged:
                told.hear(*hearing.recv(), time.monotonic() - started)
            time.sleep(kill_after_s)  # the instant of the kill is what varies here
            child.kill()
        while True:
            told.hear(*hearing.recv(), time.monotonic() - started)
    child.join()
    told.exitcode = child.exitcode
    return told


def cold_life(life):
    """Live in a fresh interpreter."""
    started, told = time.monotonic(), Told()
    script = Path(__file__).with_name("effect_lives.py")
    with subprocess.Popen(
        [sys.executable, script, as_words(life)], stdout=subprocess.PIPE, text=True
    ) as child:
        for line in child.stdout:
            told.hear(*json.loads(line), time.monotonic() - started)
    told.exitcode = child.returncode
    return told


@dataclass
class Figures:
    """What all the kills came to."""

    kills: int = 0
    effects: int = 0
    standing: int = 0
    silent: int = 0
    phases: Counter = field(default_factory=Counter)
    went_on_s: list = field(default_factory=list)
    idle_s: list = field(default_factory=list)

    def __str__(self):
        return (
            f"{self.kills} kills {dict(self.phases)}, {self.effects} effects each once, {self.standing} standing as "
            f"unknown with a question, {self.silent} stored without an answer; goes on after "
            f"{_seconds(self.went_on_s)}, all done after {_seconds(self.idle_s)}"
        )


def _seconds(times):
    return f"{sorted(times)[len(times) // 2]:.2f} s (worst {max(times):.2f})" if times else "no time"


def kill_and_go_on(outside, life, figures, *, again=one_life, kill_after_s=None):
    """Kill one life and let fresh ones go on; False when it came to its end before the kill."""
    outside.arrange(life.place, silent_about_letters=not life.answers, slow=kill_after_s is not None)
    killed = one_life(life, kill_after_s=kill_after_s)
    if killed.exitcode != KILLED:
        assert (killed.exitcode, killed.idle is not None) == (0, True), "it ended by itself, and not well"
        return False
    seen = {each["key"] for each in outside.seen(life.place)}
    after = again(replace(life, crash="", killed=""))
    assert after.exitcode == 0, "it can't go on"
    _count(figures, killed, after, seen)
    hold_against_the_world(outside, life, after, figures)
    return True


def _count(figures, killed, after, seen):
    assert after.opened["tail"] >= killed.acknowledged, "an acknowledged event is lost"
    figures.kills += 1
    figures.silent += after.opened["tail"] > killed.acknowledged
    begun = after.opened["begun"]
    phase = ELSEWHERE if not begun else BEFORE_RECORD if set(begun) & seen else BEFORE_EFFECT
    figures.phases[phase] += 1
    if after.went_on_s is not None:
        figures.went_on_s.append(after.went_on_s)
    figures.idle_s.append(after.ended_s)


def hold_against_the_world(outside, life, after, figures):
    """Each effect happened once as the servers saw it, or stands as unknown with a question; no task is lost."""
    seen = Counter(
        each["name"].partition("@")[0] for each in outside.seen(life.place) if each["verb"] in DOES
    )
    stands = [name for name, state in after.idle["effects"].items() if state == "unknown"]
    asked = sum("Nobody knows" in summary for summary in after.idle["questions"])
    assert len(stands) == asked <= 1, after.idle
    assert not (stands and life.answers), "the person answered"
    assert after.idle["plan"] == ("running" if stands else "completed"), after.idle
    assert after.idle["open"] == 0, "a task was left behind"
    wanted = {each.name for each in FLOWS[life.flow].steps if each.effects}
    assert all(times == 1 for times in seen.values()), f"more than once: {seen}"
    assert stands or seen.keys() == wanted, f"not done: {wanted - seen.keys()}"
    assert seen.keys() <= wanted
    happened = {name for name, state in after.idle["effects"].items() if state in ("sent", "confirmed")}
    assert happened <= seen.keys(), "the log says more than the servers saw"
    keys = {each["key"] for each in outside.asked(life.place, *DOES)}
    assert len(keys) <= len(wanted), "an effect went out under two keys"
    figures.effects += len(seen)
    figures.standing += len(stands)
