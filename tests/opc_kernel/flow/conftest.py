"""Offices that close themselves."""

import pytest
from office import Office


@pytest.fixture
def office(tmp_path):
    """Return what opens an office whose clerk follows a script."""
    opened = []

    def opening(*script):
        opened.append(Office(tmp_path, *script))
        return opened[-1]

    yield opening
    for each in opened:
        each.log.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    office = Office(tmp_path_factory.mktemp("archive"))
    yield office
    office.log.close()


@pytest.fixture
def archive(shared):
    """Return an office where nobody works: stories are only recorded, each test's its own."""
    return shared.begin()
