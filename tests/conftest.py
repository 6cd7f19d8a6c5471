"""No test meets a server of yours, or leaves an address behind; what could not run is named at the end."""

import os
import random
from collections import Counter

import pytest
from hypothesis import settings

settings.register_profile("workbench", deadline=None)  # a busy machine is no fault
settings.load_profile("workbench")

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"  # nobody's real one, in no process

NOT_RUN = "not run"


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("runtime")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "configuration"))
    monkeypatch.setenv("WORKBENCH_IDLE_S", "1")  # a server for clients alone does not outlive its test
    return folder


@pytest.fixture
def not_run(record_property):
    """Return what ends a test that this machine can't run: it counts neither as passed nor as a silent skip."""

    def end(reason):
        record_property(NOT_RUN, reason)
        pytest.skip(reason)

    return end


@pytest.fixture
def told(capsys, request):
    """Return what prints the figures of a test while it runs: they are its result."""

    def tell(*figures):
        with capsys.disabled():
            print(f"\n{request.node.name}:", *figures, flush=True)  # noqa: T201 - whoever runs it reads it

    return tell


@pytest.fixture
def fresh_seed(told):
    """Return a seed of this run alone, or the one of the run that is to be repeated."""
    seed = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(10**9)))
    told(f"SOAK_SEED={seed}")
    return seed


def pytest_terminal_summary(terminalreporter):
    parts = Counter(
        (report.nodeid.split("[")[0], reason)
        for report in terminalreporter.stats.get("skipped", [])
        for name, reason in getattr(report, "user_properties", [])
        if name == NOT_RUN
    )
    if parts:
        terminalreporter.section("parts that were not run on this machine")
    for (test, reason), times in parts.items():
        terminalreporter.line(f"{test} ({times}): {reason}")
