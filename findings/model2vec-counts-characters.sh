#!/usr/bin/env bash
# model2vec: max_length in tokens is first applied as max_length x median token length characters.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check model2vec==0.10.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6

venv/bin/python - <<'EOF'
import importlib.metadata
import json
import os
import sys

import numpy as np
from model2vec import StaticModel
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

print({name: importlib.metadata.version(name) for name in ("model2vec", "tokenizers", "safetensors")})
# A table of whole words, most of them short, as a folder that StaticModel loads.
words = ["[UNK]", "the", "of", "and", "to", "internationalization", "king"]
tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
os.mkdir("model")
tokenizer.save("model/tokenizer.json")
save_file({"embeddings": np.eye(len(words), dtype=np.float32)}, "model/model.safetensors")
with open("model/config.json", "w", encoding="utf-8") as file:
    json.dump({"normalize": False}, file)

model = StaticModel.from_pretrained("model")
text = " ".join(["internationalization"] * 150 + ["king"] * 50)
print(f"the text has {len(text.split())} words, each one token; the model's max_length is {model.max_length} tokens")
print("expected: all 200 words in the mean: 0.75 internationalization, 0.25 king")
plain = dict(zip(words, model.encode(text).tolist(), strict=True))
print("observed:", {word: share for word, share in plain.items() if share})
whole = dict(zip(words, model.encode(text, max_length=None).tolist(), strict=True))
print("with max_length=None:", {word: share for word, share in whole.items() if share})

if not (model.max_length == 512 and plain["king"] == 0 and plain["internationalization"] == 1 and whole["king"] == 0.25):
    print("CHANGED: a text of fewer tokens than max_length is encoded whole")
    sys.exit(1)
EOF
