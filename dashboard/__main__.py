"""`python -m dashboard`: serve, doctor."""

import sys

from dashboard.hosting.command_line import main

if __name__ == "__main__":
    sys.exit(main())
