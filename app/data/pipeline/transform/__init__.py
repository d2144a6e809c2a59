"""Payload rows to typed records. Pure: no clock, no network, no database; one file a platform."""
