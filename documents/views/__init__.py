"""Pages of documents: parse, one use case, respond."""
