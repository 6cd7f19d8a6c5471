"""A company from a few strings."""

import shutil

import pytest
from memories import Memories, opened
from shop import SETTINGS, Shop

from opc_kernel.testing import FrozenClock


@pytest.fixture(scope="session")
def blank(tmp_path_factory):
    """Return the folder of a company in which nothing happened yet: a copy of it opens faster than a new one."""
    shop = Shop(tmp_path_factory.mktemp("blank") / "acme")
    shop.company.close()
    return shop.folder


@pytest.fixture
def found(blank, tmp_path):
    """Return what founds a company with the settings given."""
    shops = []

    def founding(settings=SETTINGS, name="acme"):
        if not (tmp_path / name).exists():
            shutil.copytree(blank, tmp_path / name)
        shops.append(Shop(tmp_path / name, settings))
        return shops[-1]

    yield founding
    for shop in shops:
        shop.company.close()


@pytest.fixture
def shop(found):
    """Return a company with one account, one rule and a limit of 3000 EUR."""
    return found()


@pytest.fixture
def memory(tmp_path):
    """Return a memory without a company around it, on 2 November 2026."""
    clock = FrozenClock()
    with opened(tmp_path, clock) as log:
        yield Memories(log, clock)
