#!/usr/bin/env bash
# gensim: of a list of words and of a corpus_file, what follows the 10,000th word of a line is counted, but not trained on.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gensim==4.4.0 numpy==2.4.6

venv/bin/python - <<'EOF'
import sys

import gensim
import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence

print("gensim", gensim.__version__, "numpy", np.__version__)
# Two documents, each a line. The first has 11,000 words; "late" and "word" come after its 10,000th only.
documents = [["early", "text"] * 5000 + ["late", "word"] * 500, ["early", "text"] * 500]
with open("corpus.txt", "w", encoding="utf-8") as file:
    file.writelines(" ".join(document) + "\n" for document in documents)

settings = {"vector_size": 8, "min_count": 1, "sample": 0, "seed": 1, "workers": 1}
untrained = Word2Vec(**settings)
untrained.build_vocab(documents)
ways = {
    "a list of lists": {"sentences": documents},
    "corpus_file": {"corpus_file": "corpus.txt"},
    "LineSentence": {"sentences": LineSentence("corpus.txt")},
}
print("expected: three ways to hand over one text, 500 occurrences of 'late', and its vector trained in each")
moved = {}
for way, source in ways.items():
    model = Word2Vec(epochs=3, **source, **settings)
    count = model.wv.get_vecattr("late", "count")
    moved[way] = {word: float(np.abs(model.wv[word] - untrained.wv[word]).max()) for word in ("early", "late")}
    print(f"observed, {way}: 'late' counted {count} times; largest change of a vector by training:", moved[way])
    if count != 500:
        print("CHANGED: the words after the 10,000th are not counted either")
        sys.exit(1)

dropped = moved["a list of lists"]["late"] == moved["corpus_file"]["late"] == 0
trained = moved["LineSentence"]["late"] > 0 and all(change["early"] > 0 for change in moved.values())
if not (dropped and trained):
    print("CHANGED: what follows the 10,000th word of a line is trained on, or is dropped by LineSentence too")
    sys.exit(1)
EOF
