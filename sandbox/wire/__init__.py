"""The platforms' wire formats, written from their documentation; no code is shared with the connectors."""
