"""Recall as the product puts it together: what the settings say of languages and models, and what is recorded."""

import pytest

from workbench import composition
from workbench.company import own_company
from workbench.memory_settings import MemorySettings
from workbench.settings import FILE, SettingsInvalid, load_settings


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / FILE).write_text('name = "Acme"\n')
    return folder


def said(folder, text):
    (folder / FILE).write_text(text)
    return load_settings(folder)


def test_english_and_german_are_read_by_default(folder):
    assert load_settings(folder).memory == MemorySettings(languages=("english", "german"))


def test_a_language_whose_endings_nobody_knows_is_refused(folder):
    with pytest.raises(SettingsInvalid, match="'klingon' is none of"):
        said(folder, '[memory]\nlanguages = ["klingon"]')


def test_without_a_model_and_an_endpoint_there_is_no_embedding(folder):
    with own_company(folder) as company:
        assert composition._embeddings(company, company.settings, folder) == []


def test_an_endpoint_of_the_settings_is_the_wanted_embedding(folder):
    settings = said(
        folder,
        '[memory.embedding]\nendpoint = "http://127.0.0.1:11434/v1"\nmodel = "nomic"\ndimension = 768\n',
    )
    with own_company(folder) as company:
        (wanted,) = composition._embeddings(company, settings, folder)

    assert (wanted.name, wanted.dimension, wanted.local) == ("nomic at 127.0.0.1:11434", 768, True)


def test_what_goes_elsewhere_is_an_event_without_its_words(folder):
    settings = said(
        folder,
        '[memory.embedding]\nendpoint = "https://127.0.0.1:1/v1"\nmodel = "m"\ndimension = 8\nremote = true\n',
    )
    with own_company(folder) as company:
        (wanted,) = composition._embeddings(company, settings, folder)
        wanted._find_key = lambda host: "sk-secret"
        with pytest.raises(Exception, match="no connection"):
            wanted.embed(["Quastenflosser"])
        (event,) = [event for event in company.read() if event.type == "memory.texts_disclosed"]

    assert b"127.0.0.1:1" in bytes(event.data)
    assert b"Quastenflosser" not in bytes(event.data)
