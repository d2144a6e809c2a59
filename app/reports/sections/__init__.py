"""The sections that a report may have: one file each, found by `app.registry.import_all`."""
