"""A queue of many messages: what one costs in memory, how soon a restarted server sends again, how fast it drains; or how soon
the console answers. See scripts/bench."""
import argparse
import sys
import time

from accounting import Group, resident
from console_times import print_console_times
from godwit import Godwit
from load import Load, Sink
from trial import PORT
from workplace import add_build_options, workplace


def settled(pid):
    """Resident bytes once they stay."""
    before = resident(pid)
    while True:
        time.sleep(1)
        now = resident(pid)
        if abs(now - before) < 1 << 20:
            return now
        before = now


def fill(server, options):
    """Bytes of memory a message, from the growth between half and all: what a server has anyway does not count."""
    first = options.messages // 2  # by then caches and write buffers are full
    rest = options.messages - first
    Load(first, options.sessions, options.size).send(PORT)
    low = settled(server.child.pid)
    seconds = Load(rest, options.sessions, options.size).send(PORT)
    high = settled(server.child.pid)
    print(f"{options.messages} messages of {options.size} bytes: the second half accepted at {rest / seconds:.0f}/s; resident "
          f"{low >> 20} MiB with {first}, {high >> 20} MiB with {options.messages}: {(high - low) / rest:.0f} bytes a message",
          flush=True)


def arrive(sink, count, seconds):
    if not sink.wait(count, seconds):
        sys.exit(f"backlog: {sink.received()} of {count} arrived in {seconds} s")
    return time.monotonic()


def drain(server, options, group, work):
    sink = Sink(PORT + 1, work)
    try:
        began = time.monotonic()
        server.start(PORT, PORT + 1, group)
        ready = time.monotonic()
        first = arrive(sink, 1, options.limit)
        cpu = group.cpu_seconds()
        print(f"restart: ready after {ready - began:.2f} s, first message sent after {first - began:.2f} s, resident "
              f"{resident(server.child.pid) >> 20} MiB", flush=True)
        last = arrive(sink, options.messages, options.limit)
        print(f"drained at {options.messages / (last - first):.0f}/s, {1000 * (group.cpu_seconds() - cpu) / options.messages:.3f} "
              "CPU s per 1000", flush=True)
    finally:
        server.stop()
        sink.stop()


def wait_until(due):
    """Everything is overdue when the server comes back: the hardest case."""
    left = due + 1 - time.time()
    if left < 0:
        sys.exit(f"backlog: filling took {-left:.0f} s longer than --hold: mail was sent meanwhile")
    time.sleep(left)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench backlog")
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--hold", type=int, help="seconds from start until mail is due: longer than filling takes")
    parser.add_argument("--limit", type=int, help="seconds until draining is given up")
    parser.add_argument("--console", action="store_true", help="time console commands instead of restart and drain")
    parser.add_argument("--domains", type=int, help="domains that the messages are for: one, or 1000 with --console")
    add_build_options(parser)
    options = parser.parse_args()
    hold = options.hold or (86400 if options.console else 30 + options.messages // 2500)
    options.limit = options.limit or 60 + options.messages // 500
    with workplace() as work:
        due = int(time.time()) + hold
        domains = options.domains or (1000 if options.console else 0)
        group = Group("backlog")
        server = Godwit(work, options, "held", keep=True, BENCH_DUE=str(due), BENCH_DOMAINS=str(domains))
        try:
            server.start(PORT, PORT + 1, group)
            try:
                fill(server, options)
                if options.console:
                    print_console_times(server.control, domains)
            finally:
                server.stop()
            if options.console:
                return
            wait_until(due)
            drain(server, options, group, work)
        finally:
            group.remove()


if __name__ == "__main__":
    main()
