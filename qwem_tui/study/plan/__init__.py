"""Which abilities a text can teach, with how much of it and how large a model: predictions on nested parts."""
