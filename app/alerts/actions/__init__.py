"""Actions: what an alert does on a firing and a resolved event. Each file beside this one declares one."""
