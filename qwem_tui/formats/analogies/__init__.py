"""Checks of analogy files, and suggested word pairs, as JSON, CSV and tables."""
