#!/usr/bin/env bash
# gensim: evaluate_word_analogies as it comes takes "maße" and "masse" for one word.
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


def direction(degrees: float) -> list[float]:
    return [float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))]


# Lower-case German words; "masse" (mass) and "maße" (measures) are two words with vectors of their own.
angles = {"masse": 20, "maße": 100, "gewicht": 0, "zahl": 40, "länge": 60, "meter": 140}
table = KeyedVectors(2)
table.add_vectors(list(angles), np.array([direction(angle) for angle in angles.values()], dtype=np.float32))

questions = {
    # zahl - länge + zahl points to 20 degrees, where masse is: the answer maße is wrong.
    "the wrong word is the nearest": "länge zahl zahl maße",
    # länge - gewicht + maße: with the vector of maße the nearest is meter, with that of masse it is not.
    "maße is a word of the question": "gewicht länge maße meter",
}
print("expected: no capital anywhere, so that case_insensitive makes no difference")
observed = {}
for name, question in questions.items():
    with open("questions.txt", "w", encoding="utf-8") as file:
        file.write(f": german\n{question}\n")
    scores = [table.evaluate_word_analogies("questions.txt", case_insensitive=fold)[0] for fold in (False, True)]
    observed[name] = scores
    print(f"observed, {name} ({question}): case_insensitive=False {scores[0]}, the default True {scores[1]}")

if list(observed.values()) != [[0.0, 1.0], [1.0, 0.0]]:
    print("CHANGED: words that differ by ß and ss only are told apart, or are mixed up in another way")
    sys.exit(1)
EOF
