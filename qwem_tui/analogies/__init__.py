"""Analogy files, protocols, coverage, 3CosAdd scoring."""
