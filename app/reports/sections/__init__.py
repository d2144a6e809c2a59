"""The sections that a report may have: one file each, imported at the first look into `SECTIONS`."""
