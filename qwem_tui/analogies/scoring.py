"""3CosAdd: which questions a set of embeddings answers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

_CELLS_AT_ONCE = 4_000_000


class Scorer:
    """Answers a fixed set of questions for one set of embeddings after another."""

    def __init__(self, questions: NDArray[np.int64], device: torch.device) -> None:
        """Prepare `questions` (N, 4) rows (a, b, a', b') of the vocabulary."""
        words, position = np.unique(questions[:, :3], return_inverse=True)
        self._words = torch.from_numpy(words).to(device)
        self._position = torch.from_numpy(position.reshape(-1, 3)).to(device)
        self._questions = torch.from_numpy(questions).to(device)

    def correct(self, embeddings: torch.Tensor) -> NDArray[np.bool_]:
        """Return which questions (N,) are answered right by `embeddings` (V, d).

        The answer is the word nearest in cosine to b^ - a^ + a'^ (unit vectors), a, b and a' excluded (section 5):
        so a question whose answer is one of these three is wrong.
        """
        # a tiny start must not fall below what normalising takes for zero
        largest = embeddings.abs().max().clamp(min=torch.finfo(embeddings.dtype).tiny)
        unit = torch.nn.functional.normalize(embeddings / largest, dim=1)
        similarity = unit[self._words] @ unit.T
        right = torch.empty(len(self._questions), dtype=torch.bool, device=embeddings.device)
        batch = max(1, _CELLS_AT_ONCE // len(unit))
        for start in range(0, len(self._questions), batch):
            part = slice(start, start + batch)
            a, b, a2 = self._position[part].T
            scores = similarity[b] - similarity[a] + similarity[a2]
            scores.scatter_(1, self._questions[part, :3], -torch.inf)
            right[part] = scores.argmax(dim=1) == self._questions[part, 3]
        return right.cpu().numpy()
