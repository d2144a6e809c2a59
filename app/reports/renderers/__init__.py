"""Document -> bytes, one format a file; the same document gives the same bytes."""
