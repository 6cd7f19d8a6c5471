"""A company from a few strings."""

import pytest
from shop import SETTINGS, Shop


@pytest.fixture
def found(tmp_path):
    """Return what founds a company with the settings given."""
    shops = []

    def founding(settings=SETTINGS, name="acme"):
        shops.append(Shop(tmp_path / name, settings))
        return shops[-1]

    yield founding
    for shop in shops:
        shop.company.close()


@pytest.fixture
def shop(found):
    """Return a company with one account, one rule and a limit of 3000 EUR."""
    return found()
