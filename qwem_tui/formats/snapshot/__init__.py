"""A snapshot as a folder to take home."""
