"""A plan as a page for a reader outside the field."""
