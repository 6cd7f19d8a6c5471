"""No test meets a server of yours, or leaves an address behind."""

import pytest
from hypothesis import settings

settings.register_profile("workbench", deadline=None)  # a busy machine is no fault
settings.load_profile("workbench")


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("runtime")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "configuration"))
    monkeypatch.setenv("WORKBENCH_IDLE_S", "1")  # a server for clients alone does not outlive its test
    return folder
