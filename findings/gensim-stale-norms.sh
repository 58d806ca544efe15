#!/usr/bin/env bash
# gensim: a word's vector is replaced, its neighbours are still divided by the old vector's norm.
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
from gensim.models import KeyedVectors

print("gensim", gensim.__version__, "numpy", np.__version__)
table = KeyedVectors(2)
table.add_vectors(["king", "queen", "throne"], np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32))
table.most_similar("king")  # from here on the norms are kept
table["queen"] = np.array([3, 9], dtype=np.float32)  # gensim's own way to replace a vector

print("expected: throne 0.7071 before queen 0.3162, by most_similar as by similarity")
answers = table.most_similar("king")
print("observed, most_similar:", answers)
print("observed, similarity:  ", {word: round(float(table.similarity("king", word)), 4) for word in ("queen", "throne")})
stale = answers[0][0] == "queen" and answers[0][1] > 2.9

table.fill_norms(force=True)
answers = table.most_similar("king")
print("after fill_norms(force=True):", answers)
healed = answers[0][0] == "throne" and abs(answers[1][1] - 0.3162) < 1e-3

if not (stale and healed and abs(table.similarity("king", "queen") - 0.3162) < 1e-3):
    print("CHANGED: replacing a vector no longer leaves the old norm behind")
    sys.exit(1)
EOF
