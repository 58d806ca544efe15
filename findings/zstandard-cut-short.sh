#!/usr/bin/env bash
# zstandard and pandas: a .zst file that was cut short is read as if it ended there.
# Exits 0 while the behaviour is as described, and otherwise 1 after a line that begins with CHANGED.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check zstandard==0.25.0 pandas==3.1.1 numpy==2.4.6

venv/bin/python - <<'EOF'
import io
import random
import sys

import pandas
import zstandard

print("zstandard", zstandard.__version__, "pandas", pandas.__version__)
generator = random.Random(0)
rows = ["".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(200_000)]
whole = zstandard.compress("".join(f"{row}\n" for row in ["text", *rows]).encode())
# as after a download that broke off
with open("cut.csv.zst", "wb") as file:
    file.write(whole[: len(whole) // 2])

print("expected: an error, as gzip, bz2 and lzma raise for a file without its end")
observed = {}
for name, read in {
    "zstandard, stream_reader": lambda: zstandard.ZstdDecompressor().stream_reader(open("cut.csv.zst", "rb")).read(),
    "zstandard, open": lambda: zstandard.open("cut.csv.zst", "rb").read(),
    "pandas, read_csv": lambda: pandas.read_csv("cut.csv.zst"),
}.items():
    try:
        found = read()
    except Exception as error:
        observed[name] = f"{type(error).__name__}: {error}"
    else:
        observed[name] = f"{len(found) if not isinstance(found, bytes) else found.count(bytes([10]))} lines, no error"
    print(f"{name}: {observed[name]} (whole: {len(rows)})")
if not all(each.endswith("no error") for each in observed.values()):
    sys.exit("CHANGED: a file that is cut short is noticed")
EOF
