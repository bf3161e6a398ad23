"""godwitd next to Postfix over sizes and sessions; see scripts/bench."""
import argparse

from godwit import Godwit
from load import Load
from postfix import Postfix
from trial import medians
from workplace import add_build_options, workplace


def numbers(text):
    return [int(n) for n in text.split(",")]


def row(load, found):
    ours, theirs = found["godwit"], found["postfix"]
    return (f"| {load.size // 1024} KiB | {load.sessions} | {ours['rate']:.0f} | {ours['rate'] / theirs['rate']:.1f} | "
            f"1/{theirs['cpu'] / ours['cpu']:.1f} | {ours['flushes']:.3f} | {theirs['flushes']:.3f} |")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench matrix")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--sizes", type=numbers, default=[1024, 10240, 102400], help="bytes, with commas")
    parser.add_argument("--sessions", type=numbers, default=[1, 20, 100])
    add_build_options(parser)
    options = parser.parse_args()
    rows = []
    with workplace() as work:
        servers = [Postfix(work), Godwit(work, options)]
        for size in options.sizes:
            for sessions in options.sessions:
                load = Load(options.messages, sessions, size)
                rows.append(row(load, medians(servers, load, work, options.repeat)))
                print(rows[-1], flush=True)
    print(f"\n{options.messages} messages, connections kept, medians of {options.repeat}\n")
    print("| size | sessions | messages/s | times Postfix's rate | of Postfix's CPU | flushes per message | Postfix's |")
    print("|---" * 7 + "|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
