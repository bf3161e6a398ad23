"""Repetitions of one load on several servers, in turn, and their medians."""
import contextlib
import os
import statistics
import sys
import threading
import time

from accounting import Disk, Group
from load import Sink

PORT = 20000
FIGURES = {"rate": "messages/s", "accept": "messages/s accepted", "cpu": "CPU s per 1000 messages",
           "flushes": "device flushes per message", "written": "KiB written per message", "memory": "peak memory MiB"}


@contextlib.contextmanager
def running(server, work, group, port=PORT, **how):
    """The server between a sender on `port` and a sink on the next; yields the sink."""
    sink = Sink(port + 1, work)
    try:
        server.start(port, port + 1, group, **how)
        try:
            yield sink
        finally:
            server.stop()
    finally:
        sink.stop()


@contextlib.contextmanager
def peak_memory(group):
    """Yields a list whose only item is the highest proportional set size seen."""
    peak, done = [0], threading.Event()

    def watch():
        while not done.wait(0.5):
            peak[0] = max(peak[0], group.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def measure(server, load, work, port, is_held=False, limit=300):
    """One repetition; figures per message. `is_held`: accepted is all that happens to them."""
    disk, group = Disk(work), Group(server.name)
    try:
        with running(server, work, group, port) as sink, peak_memory(group) as peak:
            os.sync()
            cpu, io, began = group.cpu_seconds(), disk.read(), time.monotonic()
            accepting = load.send(port)
            if not is_held and not sink.wait(load.messages, limit):
                sys.exit(f"bench: {server.name}: {sink.received()} of {load.messages} arrived in {limit} s")
            took = time.monotonic() - began
            time.sleep(0.5)  # what trails (removals, log flush) is part of the cost
            used, wrote = group.cpu_seconds() - cpu, disk.read()
    finally:
        group.remove()
    n = load.messages
    return {"accept": n / accepting, "rate": n / took, "cpu": 1000 * used / n, "memory": peak[0] / 2**20,
            "flushes": (wrote["flushes"] - io["flushes"]) / n, "written": (wrote["bytes"] - io["bytes"]) / n / 1024}


def medians(servers, load, work, repeat, held=()):
    """Every server in every repetition, so that what else the machine does meets all; in alternating order. By name."""
    rows = {s.name: [] for s in servers}
    for repetition in range(repeat):
        for server in servers if repetition % 2 == 0 else servers[::-1]:
            figures = measure(server, load, work, PORT + 10 * repetition, server.name in held)
            rows[server.name].append(figures)
            print(f"{repetition + 1}/{repeat} {server.name:<8} {figures['rate']:8.0f}/s cpu {figures['cpu']:.3f} s/1000, "
                  f"{figures['flushes']:.3f} flushes", file=sys.stderr, flush=True)
    return {name: {key: statistics.median(r[key] for r in all_of) for key in FIGURES} for name, all_of in rows.items()}


def print_table(found, base, ratio_of):
    """A row a figure, a column a server, then each server's ratio to `base`."""
    compared = [name for name in ratio_of if name in found and base in found and name != base]
    print("| | " + " | ".join([*found, *(f"{name} / {base}" for name in compared)]) + " |")
    print("|---" * (1 + len(found) + len(compared)) + "|")
    for key, label in FIGURES.items():
        cells = [f"{figures[key]:.3f}" for figures in found.values()]
        cells += [f"{found[name][key] / found[base][key]:.3f}" if found[base][key] else "" for name in compared]
        print(f"| {label} | " + " | ".join(cells) + " |")
