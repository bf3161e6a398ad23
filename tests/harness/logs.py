"""Reads the JSON-lines log: zstd segments, of which the last may be unfinished."""
import json
import pathlib
import re

import zstandard

from .waiting import stays_false, wait_until


def matches(record, wanted):
    """True when `record` has all of `wanted`: dictionaries by their keys, regular expressions by search, functions by
    their answer, everything else by equality."""
    if isinstance(wanted, dict):
        return isinstance(record, dict) and all(k in record and matches(record[k], v) for k, v in wanted.items())
    if isinstance(wanted, re.Pattern):
        return isinstance(record, str) and wanted.search(record) is not None
    if callable(wanted):
        return bool(wanted(record))
    return record == wanted


class LogReader:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self._finished = {}

    def segments(self):
        return sorted(p for p in self.dir.glob("*") if p.is_file() and re.match(r"\d{8}-\d{6}", p.name))

    def _read(self, segment):
        if segment in self._finished:
            return self._finished[segment]
        done = segment.stat().st_mode & 0o222 == 0  # asked before reading: a finished segment is read-only
        # The last segment may break off inside a frame: what can be decoded counts. The zstd program withholds the
        # end of such a frame, the library does not.
        text = zstandard.ZstdDecompressor().decompressobj().decompress(segment.read_bytes())
        records = []
        for line in text.splitlines():
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError:
                assert not done, f"{segment.name} is finished but holds a line that is not JSON: {line!r}"
        if done:
            self._finished[segment] = records
        return records

    def records(self, **wanted):
        """All records so far that have these fields."""
        return [r for segment in self.segments() for r in self._read(segment) if matches(r, wanted)]

    def wait(self, seconds=10, count=1, **wanted):
        """The first `count` matching records (one: itself, more: a list)."""
        found = wait_until(lambda: (r := self.records(**wanted)) and len(r) >= count and r,
                           lambda: f"{count} log record(s) with {wanted}; the log holds:\n{self.describe()}", seconds, 0.1)
        return found[0] if count == 1 else found[:count]

    def has_none(self, seconds=1.0, **wanted):
        return stays_false(lambda: self.records(**wanted), seconds)

    def describe(self):
        return "\n".join(json.dumps(r)[:400] for r in self.records()[-30:]) or "nothing"
