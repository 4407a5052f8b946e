"""`python -m scenarios`: list, sample, train, evaluate, predict, study."""

import sys

from scenarios.command_line.parser import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
