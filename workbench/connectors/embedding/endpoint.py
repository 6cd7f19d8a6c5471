"""An embedding behind any address that speaks OpenAI's API: one bounded call a batch, told before it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

import httpx
import msgspec
import numpy as np

from opc_kernel.memory.recall.embedding import EmbeddingFailed, Matrix
from workbench.connectors.deadline import Deadline
from workbench.memory_settings import EmbeddingSettings

CONNECT_S = 10.0
BATCH_TEXTS = 64
MAX_TEXT_CHARS = 8_000
"""What is longer is cut: no common model reads on."""
MAX_ANSWER_BYTES = 32 * 2**20
CONNECTED = "connection.connect_tcp.complete"

FindKey = Callable[[str], str | None]
"""Returns the key that is kept for a host, and for no other."""
Disclosed = Callable[[str, str, Sequence[str]], None]
"""Records that texts go to a host, for a model; called before they do. What it raises keeps them here."""


class _Vector(msgspec.Struct, frozen=True):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct, frozen=True):
    data: list[_Vector]


class EndpointEmbedding:
    """An Embedding. What libraries and endpoints say reaches no error: it may hold the key, or the texts."""

    def __init__(self, settings: EmbeddingSettings, *, find_key: FindKey, disclosed: Disclosed) -> None:
        self._settings, self._find_key, self._disclosed = settings, find_key, disclosed

    @property
    def name(self) -> str:
        """See Embedding: the same model at another address may be another."""
        return f"{self._settings.model} at {self._settings.host}"

    @property
    def dimension(self) -> int:
        """See Embedding."""
        return self._settings.dimension

    @property
    def local(self) -> bool:
        """See Embedding."""
        return self._settings.is_local

    def embed(self, texts: Sequence[str]) -> Matrix:
        """See Embedding."""
        starts = range(0, len(texts), BATCH_TEXTS)
        parts = [
            self._embed([text[:MAX_TEXT_CHARS] for text in texts[at : at + BATCH_TEXTS]]) for at in starts
        ]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *parts])

    def _embed(self, texts: list[str]) -> Matrix:
        key = self._key()
        if not self.local:
            self._disclosed(self._settings.host, self._settings.model, texts)
        vectors = self._vectors(self._asked(texts, key), len(texts))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or not lengths.all():
            raise self._failed("what came are no vectors")
        unit: Matrix = vectors / lengths
        return unit

    def _key(self) -> str | None:
        key = self._find_key(self._settings.host)
        if key is None and not self.local:
            raise self._failed(
                "there is no key for it",
                f"Keep its key with 'workbench model connect {self._settings.host}'.",
            )
        return key

    def _asked(self, texts: list[str], key: str | None) -> bytes:
        headers = {"Connection": "close", "Accept-Encoding": "identity"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        with Deadline(self._settings.timeout_s) as deadline, self._client() as client:

            def step(name: str, told_of: dict[str, object]) -> None:
                if name == CONNECTED:
                    deadline.watch(told_of["return_value"].get_extra_info("socket"))  # type: ignore[attr-defined]  # httpx types it as any object

            sent = {"model": self._settings.model, "input": texts, "encoding_format": "float"}
            try:
                with client.stream(
                    "POST",
                    f"{self._settings.endpoint}/embeddings",
                    json=sent,
                    headers=headers,
                    extensions={"trace": step},
                ) as answer:
                    return self._whole(answer)
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                told = "no answer in time" if deadline.passed or _is_slow(error) else "no connection"
                raise self._failed(told) from None

    def _client(self) -> httpx.Client:
        """No redirect is followed: another host may not be one that the words may go to."""
        return httpx.Client(
            timeout=httpx.Timeout(self._settings.timeout_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=not self.local,
        )

    def _whole(self, answer: httpx.Response) -> bytes:
        if answer.status_code != HTTPStatus.OK:
            raise self._failed(f"it said {answer.status_code}")
        content = bytearray()
        for piece in answer.iter_raw():
            content += piece
            if len(content) > MAX_ANSWER_BYTES:
                raise self._failed("its answer is longer than any should be")
        return bytes(content)

    def _vectors(self, content: bytes, number: int) -> Matrix:
        try:
            found = sorted(msgspec.json.decode(content, type=_Answer).data, key=lambda each: each.index)
        except msgspec.MsgspecError:
            raise self._failed("its answer can't be read") from None
        wrong = next((each for each in found if len(each.embedding) != self.dimension), None)
        if wrong is not None:
            raise self._failed(
                f"its vectors have {len(wrong.embedding)} numbers",
                f"Say 'dimension = {len(wrong.embedding)}' under [memory.embedding] in workbench.toml.",
            )
        if [each.index for each in found] != list(range(number)):
            raise self._failed("it did not answer for each text once")
        return np.array([each.embedding for each in found], np.float32)

    def _failed(self, reason: str, todo: str = "It is tried again by itself.") -> EmbeddingFailed:
        return EmbeddingFailed(self.name, reason, todo=todo)


def _is_slow(error: Exception) -> bool:
    return isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout)
