#!/usr/bin/env bash
# spaCy: asking for the neighbours of a row of the table scales that row of the table to length 1.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check spacy==3.8.18 numpy==2.4.6

venv/bin/python - <<'EOF'
import sys

import numpy as np
import spacy
from spacy.vectors import Vectors

print("spacy", spacy.__version__, "numpy", np.__version__)
words = ["king", "queen", "throne"]
table = Vectors(data=np.array([[3, 4], [0, 2], [6, 0]], dtype=np.float32), keys=words)
print("before:", {word: table[word].tolist() for word in words})

print("expected: most_similar reads; the table stays as it is")
table.most_similar(table["king"].reshape(1, -1), n=2)  # a view of row 0, as indexing by a word gives it
after_one = table.data.tolist()
print("observed, after the neighbours of king:    ", {word: table[word].tolist() for word in words})
table.most_similar(table.data, n=2)
after_all = table.data.tolist()
print("observed, after the neighbours of all rows:", {word: table[word].tolist() for word in words})

copied = Vectors(data=np.array([[3, 4], [0, 2], [6, 0]], dtype=np.float32), keys=words)
copied.most_similar(copied["king"].reshape(1, -1).copy(), n=2)
print("of a copy:", {word: copied[word].tolist() for word in words})

one = np.allclose(after_one, [[0.6, 0.8], [0, 2], [6, 0]])
every = np.allclose(after_all, [[0.6, 0.8], [0, 1], [1, 0]])
if not (one and every and np.array_equal(copied.data, [[3, 4], [0, 2], [6, 0]])):
    print("CHANGED: most_similar no longer scales the array that it is given")
    sys.exit(1)
EOF
