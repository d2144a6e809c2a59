"""Trials: the product under rough treatment, longer than a test may take."""
