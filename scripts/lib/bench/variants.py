"""What godwitd costs with more to do, next to itself; see scripts/bench."""
import argparse

from godwit import Godwit
from load import Load, add_load_options
from trial import medians, print_table
from workplace import add_build_options, workplace

VARIANTS = ["handlers", "dkim", "held"]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench variants")
    parser.add_argument("--repeat", type=int, default=5)
    add_load_options(parser, 10000)
    parser.add_argument("--only", choices=VARIANTS, action="append", help="may be given more than once")
    add_build_options(parser)
    options = parser.parse_args()
    load, names = Load(options.messages, options.sessions, options.size), options.only or VARIANTS
    with workplace() as work:
        servers = [Godwit(work, options, name) for name in ["godwit", *names]]
        found = medians(servers, load, work, options.repeat, ["held"])
    print(f"\n{load}, medians of {options.repeat}\n")
    print_table(found, "godwit", names)


if __name__ == "__main__":
    main()
