from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.analogies.files import parse_analogies
from qwem_tui.base.errors import QwemError
from qwem_tui.corpus.vocabulary import Vocabulary
from qwem_tui.study import analogy_suggestions
from qwem_tui.study.analogy_suggestions import suggested


def made(pairs: int, others: int) -> tuple[Vocabulary, torch.Tensor]:
    """Words a0 b0 a1 b1 ..., each b a common step from its a, and others that have nothing to do with them."""
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(pairs, 30, generator=generator)
    step = 4 * torch.randn(30, generator=generator) / 30**0.5
    rest = torch.randn(others, 30, generator=generator)
    words = [word for n in range(pairs) for word in (f"a{n}", f"b{n}")] + [f"x{n}" for n in range(others)]
    vectors = torch.cat([torch.stack([base, base + step], dim=1).reshape(-1, 30), rest])
    return Vocabulary(tuple(words), np.arange(len(words), 0, -1)), vectors


@pytest.mark.parametrize("rows", [7, 1024])
def test_pairs_with_the_step_of_the_known_ones_come_first(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analogy_suggestions, "_ROWS_AT_ONCE", rows)
    vocabulary, vectors = made(pairs=12, others=60)
    (category,) = parse_analogies("\n".join(f"a{n} b{n}" for n in range(6)), "f")
    found = suggested(category, vocabulary, vectors, 6)
    assert (found.known, found.dim, len(found.found)) == (6, 30, 6)
    assert {(each.a, each.b) for each in found.found} == {(f"a{n}", f"b{n}") for n in range(6, 12)}
    assert all(first.score >= second.score for first, second in zip(found.found, found.found[1:], strict=False))
    best = found.found[0]
    assert best.counts == tuple(int(vocabulary.counts[vocabulary.index[word]]) for word in (best.a, best.b))


def test_known_words_are_not_suggested_again_and_few_pairs_are_refused() -> None:
    vocabulary, vectors = made(pairs=5, others=5)
    (category,) = parse_analogies("\n".join(f"a{n} b{n}" for n in range(3)), "f")
    found = suggested(category, vocabulary, vectors, 100).found
    assert not {each.a for each in found} & {"a0", "a1", "a2"}
    assert not {each.b for each in found} & {"b0", "b1", "b2"}
    (few,) = parse_analogies("a0 b0\na1 b1\nking queen\n", "f")
    with pytest.raises(QwemError, match=r"f has 2 word pair\(s\) in the vocabulary, and 3 are needed"):
        suggested(few, vocabulary, vectors, 5)
