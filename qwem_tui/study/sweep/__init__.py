"""A grid of settings, what is found in each of its cells, and what each setting does."""
