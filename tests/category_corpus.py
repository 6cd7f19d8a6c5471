"""The learner against a corpus of categorised bank lines: dev/transactions.jsonl in a folder; scikit-learn is the peer.

Each line of the file is a JSON object with text, amount, type ("Credit" or "Debit") and top, the category. Protocol:
five stratified folds (and five where all lines that begin with the same 14 letters stay in one fold), each of three
shuffles by the seeds 0, 1, 2; every line is predicted once a shuffle by what was learned from the other folds.
Accuracy and macro-F1 over all categories, the mean of the shuffles. The peer is TF-IDF over words with a linear SVM,
both in their defaults; it sees the same words and not whether money came or went.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.categories.learner import best_guesses, learn
from workbench.capabilities.books.matching.document import Payment

SEEDS = (0, 1, 2)
FOLDS = 5
GROUP_LETTERS = 14
SOME_DAY = date(2026, 1, 1)

Predict = Callable[[Sequence[Decision], Sequence[Decision]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Accuracy and macro-F1, 0 to 1, means over the shuffles."""

    accuracy: float
    macro_f1: float


def decisions(folder: Path) -> list[Decision]:
    """Read the corpus."""
    lines = (folder / "dev" / "transactions.jsonl").read_text("utf-8").splitlines()
    return [_decision(json.loads(line)) for line in lines]


def _decision(line: dict[str, str]) -> Decision:
    amount = Decimal(line["amount"].replace(",", ""))
    signed = amount if line["type"] == "Credit" else -amount
    payment = Payment(
        stream="",
        version=1,
        booked_on=SOME_DAY,
        amount=signed,
        currency="",
        counterparty="",
        text=line["text"],
        reference="",
        event_id="",
    )
    return Decision(payment=payment, category=line["top"], event_id="")


def by_the_learner(known: Sequence[Decision], asked: Sequence[Decision]) -> list[str]:
    """Predict with the product's learner, which here may not abstain."""
    learner = learn(known)
    return [best_guesses(learner, one.payment)[0].category for one in asked]


def by_the_peer(known: Sequence[Decision], asked: Sequence[Decision]) -> list[str]:
    """Predict with TF-IDF and a linear SVM."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    peer = make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0))
    peer.fit([one.payment.text for one in known], [one.category for one in known])
    return list(peer.predict([one.payment.text for one in asked]))


def measure(everything: Sequence[Decision], predict: Predict, *, is_grouped: bool) -> Figures:
    """Predict every line once a shuffle, and compare."""
    from sklearn.metrics import accuracy_score, f1_score

    truth = np.array([one.category for one in everything])
    shuffles = []
    for seed in SEEDS:
        predicted = truth.copy()
        for known, asked in folds(everything, seed, is_grouped=is_grouped):
            predicted[asked] = predict([everything[at] for at in known], [everything[at] for at in asked])
        shuffles.append((accuracy_score(truth, predicted), f1_score(truth, predicted, average="macro")))
    accuracy, macro_f1 = np.mean(shuffles, axis=0)
    return Figures(accuracy=round(float(accuracy), 3), macro_f1=round(float(macro_f1), 3))


def folds(
    everything: Sequence[Decision], seed: int, *, is_grouped: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the indices learned from and those asked for."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    truth = [one.category for one in everything]
    groups = [one.payment.text[:GROUP_LETTERS] for one in everything]
    kind = StratifiedGroupKFold if is_grouped else StratifiedKFold
    with warnings.catch_warnings():  # a category of two lines is in fewer folds than five, and is meant to be
        warnings.simplefilter("ignore", UserWarning)
        split = list(kind(FOLDS, shuffle=True, random_state=seed).split(truth, truth, groups))
    yield from split


def foretold_and_found(everything: Sequence[Decision], seed: int) -> tuple[float, float]:
    """Return the Brier score that the learner states of itself, and the one found on lines it never saw."""
    foretold, found = [], []
    for known, asked in folds(everything, seed, is_grouped=False):
        learner = learn([everything[at] for at in known])
        foretold.append(learner.calibration.brier)
        for one in (everything[at] for at in asked):
            best = best_guesses(learner, one.payment)[0]
            found.append((best.probability - (best.category == one.category)) ** 2)
    return float(np.mean(foretold)), float(np.mean(found))


def report(folder: Path) -> Iterator[str]:
    """Yield the figures, one line each."""
    everything = decisions(folder)
    for is_grouped in (False, True):
        for predict in (by_the_peer, by_the_learner):
            figures = measure(everything, predict, is_grouped=is_grouped)
            folding = "same beginnings kept together" if is_grouped else "stratified"
            yield f"{predict.__name__:16}{folding:32}{figures.accuracy:.1%} {figures.macro_f1:.1%}"
    for seed in SEEDS:
        yield "Brier score stated {:.3f}, found {:.3f}".format(*foretold_and_found(everything, seed))


if __name__ == "__main__":
    print("\n".join(report(Path(sys.argv[1]))))  # noqa: T201
