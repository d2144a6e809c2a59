"""What keeps a running installation trustworthy: its health, its gauges, its backups."""
