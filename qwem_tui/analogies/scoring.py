"""3CosAdd: which questions a set of embeddings answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.progress import Progress, Silent

#: Scores of this many (question, word) cells are held at once: on a CPU they should stay in its cache.
_CELLS_ON_CPU, _CELLS_ON_GPU = 200_000, 60_000_000
#: From this many (question, word) cells on, compiling what answers questions on a CPU pays, which takes half a second.
_WORTH_COMPILING = 10_000_000
#: What it is compiled for in this process already.
_COMPILED: set[torch.dtype] = set()


class Scorer:
    """Answers a fixed set of questions for one set of embeddings after another.

    The word that beat an answer is remembered and compared first the next time: mostly it does so again. Results do
    not depend on that.
    """

    def __init__(
        self,
        questions: NDArray[np.int64],
        device: torch.device,
        threads: int = 1,
        alternatives: NDArray[np.int64] | None = None,
    ) -> None:
        """Prepare `questions` (N, 4) rows (a, b, a', b') of the vocabulary.

        `alternatives` (M, 2) are further right answers: a question's number, ascending, and the row of a word (see
        `Analogies`). `correct_by_size` answers them on `threads` threads, which is for `one_thread`; results do not
        depend on it.
        """
        self._threads = threads
        words, position = np.unique(questions[:, :3], return_inverse=True)
        self._words = torch.from_numpy(words).to(device)
        self._position = torch.from_numpy(position.reshape(-1, 3)).to(device)
        self._questions = torch.from_numpy(questions).to(device)
        self._possible = torch.from_numpy((questions[:, :3] != questions[:, 3:]).all(axis=1)).to(device)
        self._rival = self._questions[:, 3].clone()
        others = np.empty((0, 2), np.int64) if alternatives is None else alternatives
        # of each question, where its further answers begin in `_others`
        starts = np.searchsorted(others[:, 0], np.arange(len(questions) + 1))
        self._starts = torch.from_numpy(starts).to(device)
        self._owner, self._others = (torch.from_numpy(column.copy()).to(device) for column in others.T)
        # one of the three words asked is no answer
        given = torch.from_numpy((questions[others[:, 0], :3] == others[:, 1:]).any(axis=1)).to(device)
        self._given = given
        self._possible[self._owner[~given]] = True
        self._cells = _CELLS_ON_CPU if device.type == "cpu" else _CELLS_ON_GPU

    def correct(self, embeddings: torch.Tensor) -> NDArray[np.bool_]:
        """Return which questions (N,) are answered right by `embeddings` (V, d).

        The answer is the word nearest in cosine to b^ - a^ + a'^ (unit vectors), a, b and a' excluded: so a question
        whose answer is one of these three is wrong. So is one where another word is exactly as near. Where several
        answers are right, one of them must be nearer than every other word. See docs/theory.md, section 5.
        """
        # a tiny start must not fall below what normalising takes for zero
        largest = embeddings.abs().max().clamp(min=torch.finfo(embeddings.dtype).tiny)
        unit = torch.nn.functional.normalize(embeddings / largest, dim=1)
        return self._right(unit[self._words] @ unit.T)

    def correct_by_size(
        self, embeddings: torch.Tensor, dims: Sequence[int], progress: Progress | None = None
    ) -> NDArray[np.bool_]:
        """Return which questions the first d columns of `embeddings` (V, d_max) answer, for each d: (n_dims, N).

        `dims` ascend. Inner products and norms are summed on from one size to the next, so that for all sizes together
        they cost what the largest alone does; most questions are then settled by the word that won at the size before.
        """
        progress = progress or Silent()
        largest = embeddings.abs().max().clamp(min=torch.finfo(embeddings.dtype).tiny)
        scaled = embeddings / largest
        products = torch.zeros(len(self._words), len(scaled), dtype=scaled.dtype, device=scaled.device)
        squares = torch.zeros(len(scaled), dtype=scaled.dtype, device=scaled.device)
        outcomes = np.empty((len(dims), len(self._questions)), np.bool_)
        before = 0
        with ThreadPoolExecutor(self._threads, "questions") as pool:
            for number, d in enumerate(dims):
                columns = scaled[:, before:d]
                products += columns[self._words] @ columns.T
                squares += (columns * columns).sum(dim=1)
                if d == 1:
                    # all cosines are 1 or -1, and rounding must not break the ties
                    similarity = columns[self._words].sign() @ columns.T.sign()
                else:
                    norms = squares.sqrt().clamp(min=torch.finfo(scaled.dtype).tiny)
                    similarity = products / norms[self._words, None] / norms
                outcomes[number] = self._right(similarity, pool if self._threads > 1 else None)
                before = d
                progress.advance(number + 1)
        return outcomes

    def _right(self, similarity: torch.Tensor, pool: ThreadPoolExecutor | None = None) -> NDArray[np.bool_]:
        """Return which questions (N,) are answered right; `similarity` (U, V) holds cosines of the words asked."""
        right = torch.zeros(len(self._questions), dtype=torch.bool, device=similarity.device)
        a, b, a2 = self._position.T
        answer, rival = self._questions[:, 3], self._rival
        own = similarity[b, answer] - similarity[a, answer] + similarity[a2, answer]
        if len(self._others):
            own = self._best_answer(similarity, own)
        rivals = similarity[b, rival] - similarity[a, rival] + similarity[a2, rival]
        open_questions = torch.nonzero(self._possible & ((rival == answer) | (own > rivals)))[:, 0]
        many = len(self._questions) * similarity.shape[1] >= _WORTH_COMPILING
        if similarity.device.type == "cpu" and (many or similarity.dtype in _COMPILED):
            self._ask_compiled(similarity, own, open_questions, right, pool)
            return right.numpy()
        batch = max(1, self._cells // similarity.shape[1])

        def ask(start: int) -> None:
            part = open_questions[start : start + batch]
            scores = similarity[b[part]]
            scores -= similarity[a[part]]
            scores += similarity[a2[part]]
            scores.scatter_(1, self._questions[part], -torch.inf)
            if len(self._others):
                scores[self._answers_of(part)] = -torch.inf
            best = own[part] > scores.amax(dim=1)
            right[part] = best
            beaten = ~best
            self._rival[part[beaten]] = scores[beaten].argmax(dim=1)

        starts = range(0, len(open_questions), batch)

        def ask_all(first: int, every: int) -> None:
            for start in starts[first::every]:
                ask(start)

        if pool is None:
            ask_all(0, 1)
        else:
            for asked in [pool.submit(ask_all, first, self._threads) for first in range(self._threads)]:
                asked.result()
        return right.cpu().numpy()

    def _best_answer(self, similarity: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """Return the score of each question's best right answer (N,), `own` being that of the first."""
        a, b, a2 = self._position[self._owner].T
        scores = similarity[b, self._others] - similarity[a, self._others] + similarity[a2, self._others]
        scores[self._given] = -torch.inf
        several = self._starts[1:] > self._starts[:-1]
        asked = (self._questions[:, :3] == self._questions[:, 3:]).any(dim=1)
        own = torch.where(several & asked, -torch.inf, own)
        return own.scatter_reduce(0, self._owner, scores, "amax")

    def _answers_of(self, part: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the further right answers of the questions numbered in `part`: places in it, and rows of words."""
        starts, counts = self._starts[part], self._starts[part + 1] - self._starts[part]
        place = torch.repeat_interleave(torch.arange(len(part), device=part.device), counts)
        within = torch.arange(len(place), device=part.device) - (counts.cumsum(0) - counts)[place]
        return place, self._others[starts[place] + within]

    def _ask_compiled(
        self,
        similarity: torch.Tensor,
        own: torch.Tensor,
        open_questions: torch.Tensor,
        right: torch.Tensor,
        pool: ThreadPoolExecutor | None,
    ) -> None:
        """Set `right` and the rivals of the questions numbered in `open_questions`."""
        from qwem_tui.analogies.scoring_numba import answer

        _COMPILED.add(similarity.dtype)
        scores, position, questions = similarity.numpy(), self._position.numpy(), self._questions.numpy()
        answers, rivals, outcomes = own.numpy(), self._rival.numpy(), right.numpy()
        starts, others = self._starts.numpy(), self._others.numpy()

        def ask(asked: NDArray[np.int64]) -> None:
            answer(scores, position, questions, starts, others, asked, answers, rivals, outcomes)

        shares = np.array_split(open_questions.numpy(), self._threads)
        for _ in map(ask, shares) if pool is None else pool.map(ask, shares):
            pass
