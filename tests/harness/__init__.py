"""Drives real daemons: what the end-to-end tests and scenarios are written with. See docs/testing.md."""
