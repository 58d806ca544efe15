"""The corpora and analogies that come with the package, and how they were made."""
