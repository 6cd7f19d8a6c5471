"""Presence: a worker that ended is known to be gone; one that may still be there is waited for."""

import os
import socket
import subprocess
import sys

import pytest
from studio import Studio, act, page

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.lease import LEASE
from opc_kernel.flow.presence import is_gone, present
from opc_kernel.flow.task import TaskRequested, TaskStarted


def ended():
    """Return the name of a worker that was there and is not any more."""
    said = subprocess.run(
        [sys.executable, "-c", "from opc_kernel.flow.presence import present; print(present())"],
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.strip()


def test_who_ended_is_gone():
    assert is_gone(ended())


def test_who_works_is_there():
    assert not is_gone(present())


def test_another_process_under_the_same_number_is_not_the_worker():
    assert is_gone(f"{socket.gethostname()}:{os.getpid()}:1")


@pytest.mark.parametrize("worker", ["", "me", "elsewhere:1:1", "elsewhere.example:99999999:5"])
def test_nobody_says_of_a_stranger_that_it_is_gone(worker):
    assert not is_gone(worker)


@pytest.mark.parametrize(("worker", "goes_on"), [(ended, True), (present, False)])
def test_what_a_worker_held_goes_on_at_once_only_where_it_is_gone(tmp_path, worker, goes_on):
    studio = Studio(tmp_path)
    studio.script = {"studio.do": act(page())}
    asked = TaskRequested(kind="studio.do", agent="hand", subject="wish/1", trigger="t")
    held = TaskStarted(worker=worker(), until=studio.clock.now() + LEASE)
    writes = [Write(stream="task/1", data=data, actor="hand") for data in (asked, held)]
    studio.log.append(writes, expected={"task/1": NEW_STREAM})

    studio.work()
    studio.log.close()

    assert len(studio.outside["site"].done) == goes_on
