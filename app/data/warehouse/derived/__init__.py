"""What the publisher derives from loaded facts: movements, credit, campaign names.

Each module computes its whole table from its inputs and writes it only when it differs, so that the
version of a derived fact grows only with its content. Called by `store`, inside the copy, never elsewhere.
"""
