"""No test meets a server of yours, or leaves an address behind."""

import pytest


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("runtime")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder
