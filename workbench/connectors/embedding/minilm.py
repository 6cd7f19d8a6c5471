"""all-MiniLM-L6-v2 on this machine: the published weights, and the forward pass in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from opc_kernel.memory.recall.embedding import EmbeddingFailed, Matrix
from workbench.connectors.embedding.model_files import NAME, TOKENIZER, WEIGHTS, check_files

DIMENSION, LAYERS, HEADS = 384, 6, 12
MAX_TOKENS = 256
"""What the model was trained to take; the rest of a longer text is not read."""
BATCH_TOKENS = 2_048
"""So many are computed at once: more fits no cache and is no faster."""
EPSILON = np.float32(1e-12)


class MiniLM:
    """An Embedding whose texts never leave the machine. Raises ModelMissing, ModelDamaged where its files don't fit."""

    name, dimension, local = NAME, DIMENSION, True

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        files = check_files(folder)
        self._tokenizer: Any = Tokenizer.from_str(files[TOKENIZER].decode())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        weights = load(files[WEIGHTS])
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _pair(weights, "embeddings.LayerNorm")
        self._layers = [_Layer(weights, f"encoder.layer.{number}") for number in range(LAYERS)]

    def embed(self, texts: Sequence[str]) -> Matrix:
        """See Embedding. Texts of the same number of tokens are computed together, so that nothing is padded."""
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(list(texts))]
        for batch in batches([len(each) for each in tokens]):
            vectors[batch] = self._forward(np.array([tokens[at] for at in batch]))
        if not np.isfinite(vectors).all():
            raise EmbeddingFailed(NAME, "what it computed are no numbers")
        return vectors

    def _forward(self, ids: Any) -> Matrix:  # noqa: ANN401 - a matrix of whole numbers
        state = normed(self._words[ids] + self._places[: ids.shape[1]], *self._norm)
        for layer in self._layers:
            state = layer.forward(state)
        mean = state.mean(axis=1)
        unit: Matrix = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit


class _Layer:
    """One layer of the encoder."""

    def __init__(self, weights: Mapping[str, Matrix], name: str) -> None:
        parts = [_dense(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        self._asked = (
            np.concatenate([weight for weight, _ in parts], axis=1),
            np.concatenate([bias for _, bias in parts]),
        )
        self._joined = _dense(weights, f"{name}.attention.output.dense")
        self._joined_norm = _pair(weights, f"{name}.attention.output.LayerNorm")
        self._wide = _dense(weights, f"{name}.intermediate.dense")
        self._narrow = _dense(weights, f"{name}.output.dense")
        self._out_norm = _pair(weights, f"{name}.output.LayerNorm")

    def forward(self, state: Matrix) -> Matrix:
        state = normed(state + _applied(self._attended(state), self._joined), *self._joined_norm)
        return normed(state + _applied(gelu(_applied(state, self._wide)), self._narrow), *self._out_norm)

    def _attended(self, state: Matrix) -> Matrix:
        """Let every token look at every other of its text, in twelve heads."""
        texts, tokens, width = state.shape
        asked = _applied(state, self._asked).reshape(texts, tokens, 3, HEADS, width // HEADS)
        query, key, value = asked.transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen: Matrix = (scores @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, width)
        return seen


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of texts that are equally long, and together no longer than a batch."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (lengths[at] != lengths[batch[0]] or (len(batch) + 1) * lengths[at] > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def normed(state: Matrix, weight: Matrix, bias: Matrix) -> Matrix:
    """Shift and scale each vector to mean 0 and variance 1, then as the model learned it."""
    centred = state - state.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    centred *= 1 / np.sqrt(variance + EPSILON)
    learned: Matrix = centred * weight + bias
    return learned


def gelu(state: Matrix) -> Matrix:
    """Return x · Φ(x)."""
    share: Matrix = np.float32(0.5) + np.float32(0.5) * erf(state * np.float32(np.sqrt(0.5)))
    return state * share


def erf(state: Matrix) -> Matrix:
    """Return the error function to within 5e-7, most of it rounding: Abramowitz and Stegun, formula 7.1.26."""
    size = np.abs(state)
    t = 1 / (1 + np.float32(0.3275911) * size)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.copysign(1 - series * np.exp(-np.square(size)), state)


def _applied(state: Matrix, dense: tuple[Matrix, Matrix]) -> Matrix:
    weight, bias = dense
    return (state.reshape(-1, weight.shape[0]) @ weight).reshape(*state.shape[:-1], -1) + bias


def _dense(weights: Mapping[str, Matrix], name: str) -> tuple[Matrix, Matrix]:
    return np.ascontiguousarray(weights[f"{name}.weight"].T), weights[f"{name}.bias"]


def _pair(weights: Mapping[str, Matrix], name: str) -> tuple[Matrix, Matrix]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]
