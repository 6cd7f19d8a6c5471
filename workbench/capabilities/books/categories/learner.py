"""The learner of categories: past decisions weighed by likeness; pure, and it says when it does not know.

It is a ridge regression over the words of past decisions, solved in closed form. Three things follow from that: it is
retrained from nothing in milliseconds; its answer is a sum over past decisions, and those are its reasons; every
decision can be left out exactly without solving again: its calibration is measured on the company's own history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.categories.words import words_of
from workbench.capabilities.books.matching.document import Payment

Floats = NDArray[np.float64]

HALF_LIFE_DAYS = 365
"""A decision a year older than the newest one weighs half."""
MIN_SEEN = 3
"""A category decided fewer times than this is never answered."""
MIN_PROBABILITY = 0.60
"""Below this the learner abstains."""
MAX_SHAPES = 600
"""Decisions with the same words are one shape; the newest shapes are learned from."""
MAX_WORDS = 40
RIDGE = 0.1
BIAS = 0.05
"""How much any two payments are alike before a word of them is read."""
SAME = 0.1
"""How much more alike payments of the same words are: a habit holds, whatever each word means elsewhere."""
BALANCE = 0.5
"""How far rare categories are weighed up, 0 (not at all) to 1 (all categories weigh the same)."""
SHARPNESS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 13.0, 16.0)
USUAL_SHARPNESS = 4.0
ENOUGH_TO_TUNE = 20
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How the learner does on the company's own decisions, each left out once.

    `brier` is the mean square of (probability of the best category less 1 if it was right, else 0): 0 is perfect.
    Of `n` decisions it would have answered `answered`, and `right` of those as the operator did.
    """

    brier: float
    n: int
    answered: int
    right: int

    def __str__(self) -> str:
        """Say it in a line."""
        return f"calibrated on {self.n} of your decisions, Brier score {self.brier:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A category and its probability, 0 to 1."""

    category: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A category with its probability (0 to 1), how often it was decided, and what speaks for it, strongest first."""

    category: str
    probability: float
    n: int
    words: tuple[str, ...]
    precedents: tuple[Decision, ...]

    @property
    def reason(self) -> str:
        """What speaks for it, in one line."""
        first = self.precedents[0].payment
        day = f"{first.booked_on.day} {first.booked_on:%b %Y}"
        words = f" (words: {', '.join(self.words)})" if self.words else ""
        return f"as you booked {first.counterparty or first.text} on {day}{words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """No answer, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """What was learned; made by `learn`, asked by `answer`."""

    calibration: Calibration
    categories: tuple[str, ...]
    seen: dict[str, int]
    rarity: dict[str, float]
    unknown_rarity: float
    column: dict[str, int]
    row: dict[tuple[str, ...], int]
    shapes: tuple[tuple[Decision, ...], ...]
    features: Floats
    weights: Floats
    sharpness: float


def learn(decisions: Sequence[Decision], today: date | None = None) -> Learner:
    """Learn from decisions, newest last. `today` is the day from which old ones fade (else the newest decision's)."""
    shapes = _shapes(decisions)
    return _fit(shapes, today) if shapes else _know_nothing()


def answer(learner: Learner, payment: Payment) -> Answer | Unsure:
    """Answer with a category, or say why not."""
    best = next(iter(best_guesses(learner, payment)), None)
    if best is None:
        return Unsure(reason="nothing was decided yet")
    if not any(word in learner.column for word in features_of(payment) if not _is_circumstance(word)):
        return Unsure(reason="no word of it was in an earlier decision")
    seen = learner.seen[best.category]
    if seen < MIN_SEEN:
        return Unsure(reason=f"{best.category} fits best but was decided only {seen} times")
    precedents, words = _reasons(learner, payment, best.category)
    if best.probability < MIN_PROBABILITY or not precedents:
        return Unsure(
            reason=f"{best.category} fits best, at {best.probability:.0%}; {MIN_PROBABILITY:.0%} is asked for"
        )
    return Answer(
        category=best.category, probability=best.probability, n=seen, words=words, precedents=precedents
    )


def best_guesses(learner: Learner, payment: Payment) -> list[Guess]:
    """Return every category with its probability, best first, however little is known: the options of a question."""
    if not learner.shapes:
        return []
    scores = (_likeness_to(learner, payment) + BIAS) @ learner.weights
    chances = _chances(scores[None, :], learner.sharpness)[0]
    order = np.argsort(-chances, kind="stable")
    return [Guess(category=learner.categories[at], probability=round(float(chances[at]), 3)) for at in order]


def features_of(payment: Payment) -> tuple[str, ...]:
    """Return the words of a payment, folded, and its circumstances: who, in or out, and which account."""
    name = " ".join(words_of(payment.counterparty))
    circumstances = ["=in" if payment.amount > 0 else "=out"]
    circumstances += [f"=name {name}"] if name else []
    circumstances += [f"=account {payment.account}"] if payment.account else []
    words = dict.fromkeys(words_of(f"{payment.counterparty} {payment.text}"))
    return (*circumstances, *list(words)[:MAX_WORDS])


def _is_circumstance(feature: str) -> bool:
    return feature.startswith("=")


def _fit(shapes: dict[tuple[str, ...], list[Decision]], today: date | None) -> Learner:
    kept = [decision for shape in shapes.values() for decision in shape]
    seen = Counter(decision.category for decision in kept)
    categories = tuple(sorted(seen))
    rarity, unknown_rarity = _rarities(shapes)
    column = {word: at for at, word in enumerate(rarity)}
    features = np.array([_vector(words, rarity, unknown_rarity, column) for words in shapes])
    shape_of = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes.values()])
    truth = np.array([categories.index(decision.category) for decision in kept])
    each = _fading(kept, today) * _balance(kept, seen)
    weights, left_out = _solve(_likeness(features), shape_of, each, truth, len(categories))
    sharpness = _sharpness(left_out, truth)
    counts = np.array([seen[category] for category in categories])
    return Learner(
        calibration=_calibration(_chances(left_out, sharpness), truth, counts),
        categories=categories,
        seen=dict(seen),
        rarity=rarity,
        unknown_rarity=unknown_rarity,
        column=column,
        row={words: at for at, words in enumerate(shapes)},
        shapes=tuple(tuple(shape) for shape in shapes.values()),
        features=features,
        weights=weights,
        sharpness=sharpness,
    )


def _know_nothing() -> Learner:
    return Learner(
        calibration=Calibration(brier=0.0, n=0, answered=0, right=0),
        categories=(),
        seen={},
        rarity={},
        unknown_rarity=0.0,
        column={},
        row={},
        shapes=(),
        features=np.zeros((0, 0)),
        weights=np.zeros((0, 0)),
        sharpness=USUAL_SHARPNESS,
    )


def _shapes(decisions: Sequence[Decision]) -> dict[tuple[str, ...], list[Decision]]:
    """Group decisions by their words, the newest `MAX_SHAPES` groups; each group and all of them newest first."""
    shapes: dict[tuple[str, ...], list[Decision]] = {}
    for decision in reversed(decisions):
        words = features_of(decision.payment)
        if words in shapes or len(shapes) < MAX_SHAPES:
            shapes.setdefault(words, []).append(decision)
    return shapes


def _rarities(shapes: Collection[tuple[str, ...]]) -> tuple[dict[str, float], float]:
    """How much a word tells by how few shapes have it (the smoothed inverse document frequency), commonest first."""
    spread = Counter(word for words in shapes for word in words)
    rarity = {
        word: float(np.log((1 + len(shapes)) / (1 + times))) + 1 for word, times in spread.most_common()
    }
    return rarity, float(np.log(1 + len(shapes))) + 1


def _vector(
    words: Iterable[str], rarity: dict[str, float], unknown_rarity: float, column: dict[str, int]
) -> Floats:
    """A vector of length 1, or shorter where words are unknown: they make it less like anything."""
    vector = np.zeros(len(column))
    square = 0.0
    for word in words:
        value = rarity.get(word, unknown_rarity)
        square += value * value
        if word in column:
            vector[column[word]] = value
    unit: Floats = vector / np.sqrt(square)
    return unit


def _fading(decisions: Sequence[Decision], today: date | None) -> Floats:
    now = today or max(decision.payment.booked_on for decision in decisions)
    ages = np.array([max(0, (now - decision.payment.booked_on).days) for decision in decisions])
    left: Floats = np.exp2(-ages / HALF_LIFE_DAYS)
    return left


def _balance(decisions: Sequence[Decision], seen: Counter[str]) -> Floats:
    """Without it the commonest categories would take what little is known."""
    share = np.array([seen[decision.category] for decision in decisions]) * len(seen) / len(decisions)
    weighed: Floats = share**-BALANCE
    return weighed


def _likeness(features: Floats) -> Floats:
    """How alike every two shapes are. A column of one shape alone says nothing of two, and such are most columns."""
    shared = features[:, np.count_nonzero(features, axis=0) > 1]
    likeness: Floats = shared @ shared.T
    np.fill_diagonal(likeness, 1.0 + SAME)
    likeness += BIAS
    return likeness


def _solve(
    likeness: Floats, shape_of: NDArray[np.intp], each: Floats, truth: NDArray[np.intp], categories: int
) -> tuple[Floats, Floats]:
    """Return the weight of each shape for each category, and each decision's scores with it left out.

    Leaving one out of a ridge regression is exact: its residual grows by 1 / (1 - its leverage).
    """
    total = np.bincount(shape_of, weights=each)
    target = np.zeros((len(total), categories))
    np.add.at(target, (shape_of, truth), each)
    target /= total[:, None]
    inverse = np.linalg.inv(likeness + np.diag(RIDGE / total))
    weights = inverse @ target
    fitted = (likeness @ weights)[shape_of]
    leverage = (1 - RIDGE / total * inverse.diagonal())[shape_of] * each / total[shape_of]
    own = np.eye(categories)[truth]
    return weights, own - (own - fitted) / (1 - leverage)[:, None]


def _chances(scores: Floats, sharpness: float) -> Floats:
    raised = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chances


def _sharpness(left_out: Floats, truth: NDArray[np.intp]) -> float:
    """The one number that turns scores into probabilities: what fits the left-out decisions best (log loss)."""
    if len(truth) < ENOUGH_TO_TUNE:
        return USUAL_SHARPNESS

    def loss(sharpness: float) -> float:
        chance = _chances(left_out, sharpness)[np.arange(len(truth)), truth]
        return -float(np.log(chance).mean())

    return min(SHARPNESS, key=loss)


def _calibration(chances: Floats, truth: NDArray[np.intp], counts: NDArray[np.intp]) -> Calibration:
    best = chances.argmax(axis=1)
    top = chances.max(axis=1)
    is_right = best == truth
    is_answered = (top >= MIN_PROBABILITY) & (counts[best] - is_right >= MIN_SEEN)
    return Calibration(
        brier=round(float(((top - is_right) ** 2).mean()), 4),
        n=len(truth),
        answered=int(is_answered.sum()),
        right=int((is_answered & is_right).sum()),
    )


def _vector_of(learner: Learner, payment: Payment) -> Floats:
    return _vector(features_of(payment), learner.rarity, learner.unknown_rarity, learner.column)


def _likeness_to(learner: Learner, payment: Payment) -> Floats:
    """How alike a payment is to each shape, without the bias."""
    likeness: Floats = learner.features @ _vector_of(learner, payment)
    same = learner.row.get(features_of(payment))
    if same is not None:
        likeness[same] += SAME
    return likeness


def _reasons(
    learner: Learner, payment: Payment, category: str
) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
    """The answer is a sum: its largest parts by past decision, and by word, are what speaks for it."""
    vector = _vector_of(learner, payment)
    weights = learner.weights[:, learner.categories.index(category)]
    by_shape = _likeness_to(learner, payment) * weights
    strongest = [at for at in np.argsort(-by_shape, kind="stable")[: 4 * SHOWN] if by_shape[at] > 0]
    decided = [[one for one in learner.shapes[at] if one.category == category] for at in strongest]
    by_word = dict(zip(learner.column, vector * (learner.features.T @ weights), strict=True))
    words = [word for word in features_of(payment) if not _is_circumstance(word) and by_word.get(word, 0) > 0]
    telling = sorted(words, key=lambda word: -by_word[word])
    return tuple(same[0] for same in decided if same)[:SHOWN], tuple(telling[:SHOWN])
