"""`python -m deploy.embedded`: what `./leadflow` turns into."""

import sys

from deploy.embedded.cli import main

if __name__ == "__main__":
    sys.exit(main())
