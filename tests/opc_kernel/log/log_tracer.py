"""strace around a program of the tests: it ends or fails the n-th call of a kind, or records all."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import opc_kernel

STRACE = shutil.which("strace")
CHILD = Path(__file__).with_name("log_child.py")
PACKAGES = Path(opc_kernel.__file__).parents[1]
ACK = re.compile(rb"ack (\d+) ([\d,]+)")
TIMEOUT_S = 120


def traced(*options, folder, child):
    """Run the child under strace with some options; return what ended and what it said."""
    return subprocess.run(
        [STRACE, "-f", "-qq", *options, sys.executable, CHILD, folder, *child],
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
        env={
            "PYTHONPATH": f"{PACKAGES}:{CHILD.parent}",
            "PATH": "/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )


def heard(output):
    """Return what was acknowledged, by append."""
    return {int(n): tuple(map(int, positions.split(b","))) for n, positions in ACK.findall(output)}


def works():
    """Whether strace is here and may trace."""
    return (
        STRACE is not None
        and subprocess.run([STRACE, "-qq", "true"], capture_output=True, check=False).returncode == 0
    )
