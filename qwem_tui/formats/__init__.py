"""One reader or writer a format, each fed by a frozen snapshot."""
