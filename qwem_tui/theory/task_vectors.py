"""What a category's task vectors share: spectrum, spike, and the modes that carry their mean.

After Section 4, A.6 of the paper; docs/theory.md, section 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies

_Floats = NDArray[np.float64]
_Rows = NDArray[np.int64]

CUSP = (
    "SNR = lambda_max(G) rank(G) / Tr G, and rank(G) = min(N, d) stops growing at d = N. The bend there comes from "
    "the formula, not from the text; chance bends there too."
)
#: A word counts as an end of a mode if its entry is at least this share of the mode's largest.
_STRONG = 0.3
_END_WORDS = 6
#: Draws of the null for the share of the mean (cheap) and for the SNR (an eigenvalue problem a size and draw).
_DRAWS, _SNR_DRAWS = 200, 8
#: What chance gives in all but one draw of a hundred.
NULL_QUANTILE = 0.99


@dataclass(frozen=True)
class Carrier:
    """A mode's part in the mean task vector.

    `mode` k counts from 1. `share` = rbar_k^2 / sum rbar^2; `sign` is that of rbar_k: +1 where the words b lie at the
    positive end of eigenvector k. `toward_b` and `toward_a` are the words (rows) with the strongest entries at the
    end on which the b, or the a, lie; those with less than 0.3 of the mode's largest entry are left out, so an end
    may be empty.
    """

    mode: int
    eigenvalue: float
    share: float
    sign: int
    toward_b: tuple[int, ...]
    toward_a: tuple[int, ...]


@dataclass(frozen=True)
class TaskVectors:
    """The task vectors r = w_b - w_a of one category's N word pairs, over a grid of sizes.

    Section 4, A.6 of the paper; docs/theory.md, section 6.

    Embeddings of size d are the first d columns of V diag(lambda)^(1/2); R_d (N x d) stacks the r, G_d = R_d R_d^T.
    All curves are (n_dims,); NaN where every r is zero.

    - `snr` = lambda_max(G) rank(G) / Tr G, between 1 and rank(G) (see `CUSP`).
    - `mean_share` = ||sum r||^2 / (N sum ||r||^2) in [0, 1]: what part of the task vectors' energy is their mean's;
      1 where all are equal, 1/N in expectation where they are unrelated and no word is in two pairs (*ours*).
    - `spike` = lambda_max / Tr G, never below `mean_share`; `overlap` = |<u, ones / sqrt(N)>| in [0, 1] of the top
      eigenvector u of G: at 1 the spike is the mean.
    - `null_share` and `null_snr`: the same pairs with every word swapped for another of similar frequency (*ours*):
      the 99% quantile of the draws of `mean_share`, the median of those of `snr`. Words shared between pairs stay
      shared, so what a shared word alone does to the mean is in it.

    `limit` is the largest rank(G) can be: N, less where pairs close a ring (a:b, b:c, a:c); the cusp is at d = `limit`.
    `eigenvalues` (N,) of G at size `at`, ascending; `carriers` all modes up to `at`, the greatest share first (ties by
    k), their shares sum to 1.
    """

    name: str
    pairs: _Rows
    dims: tuple[int, ...]
    limit: int
    snr: _Floats
    mean_share: _Floats
    spike: _Floats
    overlap: _Floats
    null_share: _Floats
    null_snr: _Floats
    at: int
    eigenvalues: _Floats
    carriers: tuple[Carrier, ...]

    @property
    def standing_out(self) -> tuple[int, int] | None:
        """Return the first and last size of the longest run of grid sizes with `mean_share` > `null_share`, or None."""
        best: tuple[int, int] | None = None
        start: int | None = None
        longest = 0
        for i, above in enumerate([*(self.mean_share > self.null_share), False]):
            if above and start is None:
                start = i
            elif not above and start is not None:
                if i - start > longest:
                    longest, best = i - start, (self.dims[start], self.dims[i - 1])
                start = None
        return best

    def half_carried(self) -> int:
        """Return the least number of first modes that hold half of ||mean r||^2 at size `at`."""
        shares = np.zeros(self.at)
        for carrier in self.carriers:
            shares[carrier.mode - 1] = carrier.share
        return int(np.searchsorted(np.cumsum(shares), 0.5 - 1e-12)) + 1


def distinct_pairs(analogies: Analogies, number: int) -> _Rows:
    """Return the distinct word pairs (N, 2), rows (a, b), of the attempted questions of category `number`.

    In the order in which the analogy file first names them; N is 0 where no question was attempted.
    """
    mine = analogies.category == number
    questions, numbers = analogies.questions[mine], analogies.pairs[mine]
    rows = np.concatenate([questions[:, :2], questions[:, 2:]])
    _, first = np.unique(numbers.T.reshape(-1), return_index=True)
    return rows[first]


def independent_pairs(pairs: _Rows) -> int:
    """Return the most that the rank of the task vectors of `pairs` (N, 2) can be: words less connected groups of them.

    That is N unless pairs close a ring, in which one task vector is the sum of others (*ours*).
    """
    leader: dict[int, int] = {}

    def group(word: int) -> int:
        leader.setdefault(word, word)
        while leader[word] != word:
            leader[word] = leader[leader[word]]
            word = leader[word]
        return word

    joined = 0
    for a, b in pairs.tolist():
        one, other = group(a), group(b)
        if one != other:
            leader[one] = other
            joined += 1
    return joined


def _ratio(above: _Floats, below: _Floats) -> _Floats:
    """Return above / below, NaN where nothing is below."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def mean_shares(R: _Floats, dims: Sequence[int]) -> _Floats:
    """Return ||sum r||^2 / (N sum ||r||^2) of the first d columns of R (N, d_max), for each d of `dims`: (n_dims,)."""
    columns = np.asarray(dims) - 1
    return _ratio(len(R) * np.cumsum(R.mean(axis=0) ** 2)[columns], np.cumsum((R**2).sum(axis=0))[columns])


def spikes(R: _Floats, dims: Sequence[int]) -> tuple[_Floats, _Floats]:
    """Return lambda_max / Tr of G_d, and |<u, ones / sqrt(N)>| of its top eigenvector u, for each d: twice (n_dims,).

    `dims` ascend. The smaller of G = R R^T, to which columns are added as d grows, and of R^T R, of which a corner is
    taken, is decomposed: they share their eigenvalues.
    """
    n = len(R)
    ones = np.full(n, n**-0.5)
    inner = R[:, : min(n, R.shape[1])].T @ R[:, : min(n, R.shape[1])]
    G, upto = np.zeros((n, n)), 0
    share, overlap = np.full(len(dims), np.nan), np.full(len(dims), np.nan)
    for i, d in enumerate(dims):
        G += R[:, upto:d] @ R[:, upto:d].T
        upto = d
        trace = float(np.trace(G))
        if trace <= 0:
            continue
        if d < n:
            values, vectors = np.linalg.eigh(inner[:d, :d])
            top = R[:, :d] @ vectors[:, -1] / np.sqrt(values[-1])
        else:
            values, vectors = np.linalg.eigh(G)
            top = vectors[:, -1]
        share[i], overlap[i] = min(values[-1] / trace, 1.0), min(abs(top @ ones), 1.0)
    return share, overlap


def _swapped(words: _Rows, size: int, draws: int, seed: int) -> _Rows:
    """Return, for each draw, other rows of the vocabulary for the distinct `words` (n,) ascending: (draws, n).

    Rows descend in frequency. Each is drawn from those from half to one and a half of its row, and 20 more at either
    end (the more, the longer none fits); no two are alike and none is the category's own, as far as the vocabulary
    allows.
    """
    generator = np.random.default_rng(seed)
    own = np.zeros(size, np.bool_)
    own[words] = True
    swapped = np.empty((draws, len(words)), np.int64)
    for draw in swapped:
        again = np.ones(len(words), np.bool_)
        for attempt in range(24):
            margin = 20 * 2 ** (attempt // 4)
            low, high = np.maximum(words // 2 - margin, 0), np.minimum(words + words // 2 + margin, size - 1)
            draw[again] = generator.integers(low[again], high[again] + 1)
            again = np.ones(len(words), np.bool_)
            again[np.unique(draw, return_index=True)[1]] = False
            again |= own[draw]
            if not again.any():
                break
    return swapped


def _carriers(mean: _Floats, lambdas: _Floats, vectors: _Floats) -> tuple[Carrier, ...]:
    energy = mean**2
    shares = energy / energy.sum() if energy.sum() > 0 else np.full(len(mean), 1 / len(mean))
    found = []
    for k in np.argsort(-shares, kind="stable").tolist():
        sign = -1 if mean[k] < 0 else 1
        along = sign * vectors[:, k]
        order = np.argsort(along, kind="stable")
        least = _STRONG * float(np.abs(along).max())
        toward_b = tuple(int(w) for w in order[::-1][:_END_WORDS] if along[w] >= least)
        toward_a = tuple(int(w) for w in order[:_END_WORDS] if along[w] <= -least)
        found.append(Carrier(k + 1, float(lambdas[k]), float(shares[k]), sign, toward_b, toward_a))
    return tuple(found)


def answered_without(
    embeddings: torch.Tensor, questions: _Rows, alternatives: _Rows | None = None
) -> NDArray[np.bool_]:
    """Return which `questions` (N, 4) are answered with the task vector left out: (N,) (*ours*).

    The answer is then the word nearest in cosine to a' alone, with a, b and a' excluded and ties wrong like in 3CosAdd.
    What is right here owes nothing to b - a. `embeddings` are (V, d), `alternatives` further right answers (see
    `Analogies`).
    """
    largest = embeddings.abs().max().clamp(min=torch.finfo(embeddings.dtype).tiny)
    unit = torch.nn.functional.normalize(embeddings / largest, dim=1)
    asked, place = np.unique(questions[:, 2], return_inverse=True)
    others = np.empty((0, 2), np.int64) if alternatives is None else alternatives
    # the best two of the words less a, b and a', and less further right answers, are among as many more than two of all
    most = int(np.bincount(others[:, 0], minlength=1).max())
    near = (unit[torch.from_numpy(asked).to(unit.device)] @ unit.T).topk(min(5 + most, len(unit)), dim=1)
    place = place.reshape(-1)
    candidates, cosines = near.indices.cpu().numpy()[place], near.values.double().cpu().numpy()[place]
    excluded = (candidates[:, :, None] == questions[:, None, :3]).any(axis=2)
    cosines = np.where(excluded, -np.inf, cosines)
    right = candidates == questions[:, 3:]
    np.logical_or.at(right, others[:, 0], candidates[others[:, 0]] == others[:, 1:])
    best = np.where(right, cosines, -np.inf).max(axis=1)
    return np.asarray(best > np.where(right, -np.inf, cosines).max(axis=1, initial=-np.inf))


def task_vectors(
    name: str,
    eigenvalues: torch.Tensor,
    vectors: torch.Tensor,
    pairs: _Rows,
    dims: Sequence[int],
    at: int | None = None,
    seed: int = 0,
) -> TaskVectors:
    """Return what the task vectors of `pairs` (N, 2), rows (a, b) of `vectors` (V, d_max), share at each of `dims`.

    `eigenvalues` (d_max,) descend; negative ones count as 0. `dims` ascend within 1..d_max. `at` is the size whose
    eigenvalues and carriers are wanted (None: the largest of `dims`). Raises ValueError without a pair, and
    for sizes out of range.
    """
    if not len(pairs):
        raise ValueError("there is no word pair")
    if not dims or dims[0] < 1 or dims[-1] > len(eigenvalues) or list(dims) != sorted(set(dims)):
        raise ValueError(f"sizes must ascend within 1..{len(eigenvalues)}")
    at = dims[-1] if at is None else at
    if not 1 <= at <= len(eigenvalues):
        raise ValueError(f"the size must be within 1..{len(eigenvalues)}, not {at}")
    lambdas = eigenvalues.detach().cpu().double().numpy()
    V = vectors.detach().cpu().double().numpy()
    scale = np.sqrt(np.maximum(lambdas, 0))
    R = (V[pairs[:, 1]] - V[pairs[:, 0]]) * scale
    limit = independent_pairs(pairs)
    ranks = np.minimum(limit, np.cumsum(scale > 0)[np.asarray(dims) - 1])
    spike, overlap = spikes(R, dims)
    words, place = np.unique(pairs, return_inverse=True)
    place = place.reshape(pairs.shape)
    null_shares, null_snrs = [], []
    for number, rows in enumerate(_swapped(words, len(V), _DRAWS, seed)):
        null = (V[rows[place[:, 1]]] - V[rows[place[:, 0]]]) * scale
        null_shares.append(mean_shares(null, dims))
        if number < _SNR_DRAWS:
            null_snrs.append(spikes(null, dims)[0] * ranks)
    return TaskVectors(
        name=name,
        pairs=pairs,
        dims=tuple(int(d) for d in dims),
        limit=limit,
        snr=spike * ranks,
        mean_share=mean_shares(R, dims),
        spike=spike,
        overlap=overlap,
        null_share=np.quantile(null_shares, NULL_QUANTILE, axis=0),
        null_snr=np.median(null_snrs, axis=0),
        at=at,
        eigenvalues=np.maximum(np.linalg.eigvalsh(R[:, :at] @ R[:, :at].T), 0.0),
        carriers=_carriers(R[:, :at].mean(axis=0), lambdas[:at], V[:, :at]),
    )
