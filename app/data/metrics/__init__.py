"""What every number means: subjects (tables that can answer), dimensions, and one file of metrics a theme.

Declarations only; nothing here reads data. A metric is added as one entry and is then known to pages,
exports, alerts, the command line and `docs/metrics.md`.
"""
