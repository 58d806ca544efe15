"""From the bytes of a source to its documents: containers, encodings, and where one document ends."""
