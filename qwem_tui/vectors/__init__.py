"""Tables of word vectors: words, counts and an array, read and written. No engine is known here."""
