"""What goes on beside the work of a server never stops it, and says once what is wrong."""

import json
import logging
import threading

from workbench.rhythm import Rhythm


def test_a_look_that_fails_is_told_once_and_tried_again(caplog):
    caplog.set_level(logging.INFO, "opc_kernel")
    looks, enough = [], threading.Event()

    def look():
        looks.append(1)
        if len(looks) == 5:
            enough.set()
        raise OSError("the line is broken, token=s3cret")

    with Rhythm("post", 0.001, look) as rhythm:
        rhythm.start()
        assert enough.wait(10)

    told = [json.loads(record.message) for record in caplog.records if "post failed" in record.message]
    assert [line["reason"] for line in told] == ["OSError"]


def test_what_was_never_started_ends_at_once():
    with Rhythm("post", 3600, list):
        pass


def test_one_that_can_not_end_in_time_is_known(monkeypatch):
    monkeypatch.setattr("workbench.rhythm.END_S", 0.01)
    begun, release = threading.Event(), threading.Event()

    def work():
        begun.set()
        release.wait(20)

    with Rhythm("slow", 0.0, work) as slow:
        slow.start()
        assert begun.wait(20)
    assert slow.is_busy
    release.set()
