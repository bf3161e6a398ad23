"""Reads profiles of valgrind --tool=callgrind and says which part of the program spends the instructions."""
import collections
import re

from workplace import ROOT

LIBRARIES = {p.name for p in (ROOT / "core").iterdir() if p.is_dir()}
# What others call for small jobs is charged to them.
HELPERS = {"libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64", "libfmt", "std", "fmt", "???"}


class Profile:
    """`own`: instructions of a function itself, `calls`: of what it called, by (caller, callee). A function is
    (object file, name)."""

    def __init__(self, path):
        self.own, self.calls = collections.Counter(), collections.Counter()
        self._names = {}
        with open(path, errors="replace") as f:
            self._read(f)

    def _name(self, kind, text):
        number, _, name = text.partition(" ")
        if name:
            self._names[kind, number] = name
        return self._names[kind, number]

    def _read(self, lines):
        here = there = owner = other = None
        is_call = False
        for line in lines:
            key, is_setting, value = line.rstrip().partition("=")
            if line[:1].isdigit() or line[:1] in "+-*":
                cost = int(line.split()[-1])
                if is_call:
                    self.calls[here, there] += cost
                else:
                    self.own[here] += cost
                is_call = False
            elif not is_setting:
                continue
            elif key == "ob":
                owner = other = self._name("ob", value)
            elif key == "cob":
                other = self._name("ob", value)
            elif key == "fn":
                here, other = (owner, self._name("fn", value)), owner
            elif key == "cfn":
                there = (other, self._name("fn", value))
            elif key == "calls":
                is_call, other = True, owner

    def per_message(self, shorter, messages):
        """The difference to a run with `messages` less: what is done once falls out."""
        for mine, theirs in ((self.own, shorter.own), (self.calls, shorter.calls)):
            for key in mine:
                mine[key] = max(0, mine[key] - theirs[key]) / messages
        return self

    def inclusive(self):
        """By function, recursion counted once."""
        total = collections.Counter(self.own)
        for (caller, callee), cost in self.calls.items():
            if plain(caller) != plain(callee):
                total[caller] += cost
        return total


def plain(function):
    return function[1].partition("'")[0]


def part_of(function):
    """`smtp`, `RocksDB`, `asio`, `libc`: the part of the program a function belongs to."""
    owner, name = function
    binary = owner.rpartition("/")[2].partition(".so")[0]
    if binary != "godwitd":
        return {"librocksdb": "RocksDB", "libzstd": "zstd", "libcrypto": "OpenSSL", "libssl": "OpenSSL"}.get(binary, binary)
    scopes = re.split(r"[(<]", name.replace("(anonymous namespace)", "_"))[0].split(" ")[-1].split("::")
    if scopes[0] == "godwit":
        return scopes[1] if scopes[1] in LIBRARIES else "base"
    if scopes[0] in ("lua", "luaL") or name.startswith(("lua", "l_")):
        return "Lua"
    return scopes[0] if len(scopes) > 1 else "libc"


class Breakdown:
    def __init__(self, profile):
        self.profile, self._fractions = profile, {}
        self._callees = collections.defaultdict(list)
        for (caller, callee), cost in profile.calls.items():
            self._callees[caller].append((callee, cost))
        self._inclusive = profile.inclusive()

    def _helping(self, function):
        """The share of a helper's inclusive cost that is helpers' own: the rest went into callbacks."""
        if function not in self._fractions:
            self._fractions[function] = 0.0  # ends recursion
            own = self.profile.own[function]
            own += sum(cost * self._helping(callee) for callee, cost in self._callees[function] if is_helper(callee))
            whole = self._inclusive[function]
            self._fractions[function] = min(1.0, own / whole) if whole else 0.0
        return self._fractions[function]

    def parts(self):
        """{part: (own, with its helpers)}"""
        own, whole = collections.Counter(), collections.Counter()
        for function, cost in self.profile.own.items():
            own[part_of(function)] += cost
            if not is_helper(function):
                whole[part_of(function)] += cost
        for (caller, callee), cost in self.profile.calls.items():
            if is_helper(callee) and not is_helper(caller):
                whole[part_of(caller)] += cost * self._helping(callee)
        return {part: (own[part], whole[part]) for part in whole}

    def functions(self, most):
        """[(name, own, inclusive)] of the most expensive."""
        names = sorted(self.profile.own, key=self.profile.own.get, reverse=True)[:most]
        return [(f, self.profile.own[f], self._inclusive[f]) for f in names]


def is_helper(function):
    return part_of(function) in HELPERS
