"""A prediction as JSON, CSV, sentences and tables."""
