"""A company whose jobs are the ones a test writes, and nothing else."""

import pytest
from duty import Duty

from workbench.jobs import finding


@pytest.fixture
def duty(found, tmp_path, monkeypatch):
    """Return a company without the shipped jobs, and what writes and runs its own."""
    (tmp_path / "none").mkdir()
    monkeypatch.setattr(finding, "SHIPPED", tmp_path / "none")
    return Duty(found)
