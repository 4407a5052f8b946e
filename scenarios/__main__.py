"""`python -m scenarios`: list, sample, train, evaluate, predict, study."""

import os
import sys

# Tasks are small: threads for their linear algebra cost more than they give. Before NumPy, which reads this once.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from scenarios.command_line.parser import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
