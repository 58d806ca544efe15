#!/usr/bin/env bash
# safetensors: the same table saved twice with the same metadata gives different files.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6

venv/bin/python - <<'EOF'
import importlib.metadata
import json
import sys

import numpy as np
from safetensors.numpy import save

print("safetensors", importlib.metadata.version("safetensors"))
metadata = {"schema": "vectors/1", "step": "500", "trainer": "gd", "words": "king queen"}
arrays = {"embeddings": np.array([[1, 2], [3, 4]], dtype=np.float32)}


def header(data: bytes) -> dict[str, object]:
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])


print("expected: one and the same file 30 times")
files = {save(arrays, metadata=metadata) for _ in range(30)}
orders = sorted({tuple(header(data)["__metadata__"]) for data in files})
print(f"observed: {len(files)} different files, the metadata in {len(orders)} orders, such as")
for order in orders[:3]:
    print("   ", ", ".join(order))
single = {save(arrays, metadata={"schema": "vectors/1"}) for _ in range(30)}
print("with one key of metadata:", len(single), "file")

same_content = all(header(data) == header(next(iter(files))) for data in files)
if not (len(files) > 1 and len(orders) == len(files) and same_content and len(single) == 1):
    print("CHANGED: the order of the metadata no longer changes from one save to the next")
    sys.exit(1)
EOF
