"""Pure functions from a run to rows, titles and curves; no screen is needed."""
