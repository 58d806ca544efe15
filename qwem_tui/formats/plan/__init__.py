"""A plan as JSON, CSV, sentences, tables and a page."""
