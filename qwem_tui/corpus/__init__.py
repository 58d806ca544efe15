"""Documents in, tokens, vocabulary, weighted co-occurrence counts, sample-corpus generators."""
