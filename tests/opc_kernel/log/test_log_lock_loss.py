"""C2: whatever this process does to its own files, a second writer is refused, and a forked child writes nothing."""

import hashlib
import multiprocessing
import os
import shutil
import subprocess
import sys

import pytest
from log_examples import append, note, opened, texts

from opc_kernel.backup.backup import backup
from opc_kernel.log.errors import ForkedLog, QueryRefused

SECOND = """
import sys
from pathlib import Path
from opc_kernel.event import Registry
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import CompanyBusy
try:
    DurableLog(Path(sys.argv[1]), Registry([]), wait_s=0.0)
except CompanyBusy:
    print("refused")
"""


def read(folder, _):
    for name in ("company.duckdb", "company.duckdb.wal", ".lock"):
        if (folder / name).exists():
            (folder / name).read_bytes()


def copy(folder, log):
    for path in folder.glob("company.duckdb*"):
        shutil.copy2(path, folder.with_name(f"copy-{path.name}"))


def digest(folder, _):
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")


def ask_for_its_own_bytes(folder, log):
    with pytest.raises(QueryRefused):
        log.query(f"SELECT * FROM read_blob('{folder}/company.duckdb')")


def back_up(folder, log):
    backup(log, folder, folder.with_name("backup"), beside=[], opener=opened)


def export(_, log):
    log.export("replica")


def fork(folder, _):
    child = os.fork()
    if child == 0:
        read(folder, None)
        os._exit(0)
    os.waitpid(child, 0)


@pytest.mark.parametrize("act", [read, copy, digest, ask_for_its_own_bytes, back_up, export, fork])
def test_a_second_writer_is_refused_after(durable, folder, act):
    append(durable, note("a", "mine"))
    act(folder, durable)
    second = subprocess.run(
        [sys.executable, "-c", SECOND, folder], capture_output=True, text=True, check=False, timeout=60
    )
    assert second.stdout == "refused\n", second.stderr
    append(durable, note("a", "mine too"))
    durable.close()
    with opened(folder) as log:
        assert texts(log) == ['{"text":"mine"}', '{"text":"mine too"}']


def append_forked(log, telling):
    try:
        append(log, note("a", "a child's"))
    except ForkedLog as refusal:
        telling.send(str(refusal))
    os._exit(0)


def test_a_forked_child_is_refused_and_loses_nothing_silently(durable):
    hearing, telling = multiprocessing.Pipe(duplex=False)
    multiprocessing.get_context("fork").Process(target=append_forked, args=(durable, telling)).start()
    assert hearing.poll(20)
    assert "opened before the process forked" in hearing.recv()
    append(durable, note("a", "mine"))
    assert texts(durable) == ['{"text":"mine"}']
