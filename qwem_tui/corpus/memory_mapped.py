"""A corpus kept in a folder, for other processes of the same work to look into without a copy of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from qwem_tui.corpus.vocabulary import Corpus, Vocabulary


def save_corpus(corpus: Corpus, folder: Path) -> None:
    """Write `corpus` into `folder`, which is made; raises OSError where it cannot be."""
    folder.mkdir(parents=True)
    np.save(folder / "ids.npy", corpus.ids, allow_pickle=False)
    np.save(folder / "counts.npy", corpus.vocabulary.counts, allow_pickle=False)
    # no tokenizer leaves white space in a word
    (folder / "words.txt").write_bytes("\n".join(corpus.vocabulary.words).encode("utf-8"))
    sizes = {"documents": corpus.documents, "tokens": corpus.tokens}
    (folder / "sizes.json").write_text(json.dumps(sizes), encoding="ascii")


def saved_corpus(folder: Path) -> Corpus:
    """Return the corpus that `save_corpus` wrote into `folder`; its `ids` cannot be written to, and stay on disk."""
    sizes = json.loads((folder / "sizes.json").read_text(encoding="ascii"))
    words = tuple((folder / "words.txt").read_bytes().decode("utf-8").split("\n"))
    counts = np.load(folder / "counts.npy", allow_pickle=False)
    # a plain array: what is compiled for one does not take a memory map
    ids = np.asarray(np.load(folder / "ids.npy", mmap_mode="r", allow_pickle=False))
    return Corpus(Vocabulary(words, counts), ids, sizes["documents"], sizes["tokens"])
