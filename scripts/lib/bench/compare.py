"""godwitd next to Postfix; see scripts/bench."""
import argparse

from godwit import Godwit
from load import Load, add_load_options
from postfix import Postfix
from trial import medians, print_table
from workplace import add_build_options, workplace


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--repeat", type=int, default=5)
    add_load_options(parser, 4000)
    parser.add_argument("--reconnect", action="store_true", help="a connection for each message")
    parser.add_argument("--held", action="store_true", help="accept only: a due time far away here, HOLD in Postfix")
    parser.add_argument("--only", choices=["godwit", "postfix"])
    add_build_options(parser)
    options = parser.parse_args()
    load = Load(options.messages, options.sessions, options.size, options.reconnect)
    with workplace() as work:
        ours = Godwit(work, options, "held" if options.held else "godwit")
        servers = [s for s in (Postfix(work, options.held), ours) if options.only is None or (s is ours) == (options.only == "godwit")]
        found = medians(servers, load, work, options.repeat, {s.name for s in servers} if options.held else ())
    print(f"\n{load}, {'accepted only' if options.held else 'end to end'}, medians of {options.repeat}\n")
    print_table(found, "postfix", [ours.name])


if __name__ == "__main__":
    main()
