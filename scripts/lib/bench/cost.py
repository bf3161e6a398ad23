"""What one message costs godwitd in system calls and in instructions; see scripts/bench."""
import argparse
import shutil
import sys
import time

from accounting import Group
from callgrind import Breakdown, Profile
from godwit import Godwit
from load import Load, add_load_options
from syscalls import Trace, per_message
from trial import PORT, running
from workplace import add_build_options, workplace


def deliver(load, sink, before=0, limit=600):
    load.send(PORT)
    if not sink.wait(before + load.messages, limit):
        sys.exit(f"cost: {sink.received()} of {before + load.messages} arrived in {limit} s")


def count_calls(load, work, options):
    server, group = Godwit(work, options, options.variant), Group("calls")
    try:
        with running(server, work, group) as sink:
            deliver(load, sink)  # connections, caches and threads are there from now on
            with Trace(server.child.pid) as idle:
                time.sleep(5)
            with Trace(server.child.pid) as busy:
                deliver(load, sink, load.messages)
    finally:
        group.remove()
    return per_message(busy, idle, load.messages)


def print_calls(calls):
    print("| system call | a message |\n|---|---|")
    for name, count in calls.items():
        if count >= 0.005:
            print(f"| {name} | {count:.2f} |")
    print(f"| all | {sum(calls.values()):.2f} |\n", flush=True)


def profile(load, work, options):
    """Instructions of one run, start and stop included."""
    output = work / f"callgrind.{load.messages}"
    output.touch()
    shutil.chown(output, options.user)  # who ends the run and writes it
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
    server, group = Godwit(work, options, options.variant, under=tool), Group("instructions")
    try:
        with running(server, work, group, patience=120) as sink:
            deliver(load, sink)
    finally:
        group.remove()
    return Profile(output)


def count_instructions(load, work, options):
    shorter = profile(load, work, options)
    longer = profile(Load(2 * load.messages, load.sessions, load.size), work, options)
    return longer.per_message(shorter, load.messages)


def print_instructions(found, most):
    breakdown = Breakdown(found)
    total = sum(found.own.values())
    print(f"{total:.0f} instructions a message\n\n| part | own | with libc, libstdc++ and fmt called by it | share |\n|---|---|---|---|")
    for part, (own, whole) in sorted(breakdown.parts().items(), key=lambda item: -item[1][1]):
        if whole >= total / 1000:
            print(f"| {part} | {own:.0f} | {whole:.0f} | {100 * whole / total:.1f} % |")
    print("\n| function | own | inclusive |\n|---|---|---|")
    for (owner, name), own, inclusive in breakdown.functions(most):
        shown = name if len(name) <= 90 else name[:87] + "..."
        print(f"| {owner.rpartition('/')[2]} `{shown}` | {own:.0f} | {inclusive:.0f} |")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench cost")
    add_load_options(parser, 2000)
    parser.add_argument("--variant", default="godwit", help="policy of tests/bench: godwit, handlers, dkim")
    parser.add_argument("--only", choices=["calls", "instructions"])
    parser.add_argument("--functions", type=int, default=25, help="how many are listed")
    add_build_options(parser)
    options = parser.parse_args()
    load = Load(options.messages, options.sessions, options.size)
    print(f"{load}, variant {options.variant}\n")
    with workplace() as work:
        if options.only != "instructions":
            print_calls(count_calls(load, work, options))
        if options.only != "calls":
            print_instructions(count_instructions(load, work, options), options.functions)


if __name__ == "__main__":
    main()
