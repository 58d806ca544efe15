"""Tables of word vectors: words, counts and an array, written in formats of others. No engine is known here."""
