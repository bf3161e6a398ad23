"""Waiting for conditions with deadlines; nothing in the tests sleeps for luck."""
import os
import time

# Sanitizer builds and busy machines need more patience; nobody waits longer than needed.
PATIENCE = float(os.environ.get("GODWIT_TEST_PATIENCE", "1"))


def wait_until(condition, what, seconds=10.0, interval=0.02):
    """The first true value of `condition()`; fails with `what` (text, or a function that makes it) after the deadline."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds * PATIENCE:g} s: {what() if callable(what) else what}")
        time.sleep(interval)


def stays_false(condition, seconds):
    """True when `condition()` stays false that long: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return False
        time.sleep(0.02)
    return True
