"""A sweep as JSON, CSV, sentences, tables and a heat map."""
