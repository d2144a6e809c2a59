"""The platforms' wire formats, written from their documentation; shares no code with the product's connectors."""
