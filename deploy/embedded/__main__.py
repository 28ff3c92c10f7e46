"""`python -m deploy.embedded`: what `./leadflow` turns into."""

import signal
import sys

if __name__ == "__main__":
    # Ctrl-C while the code is loaded ends the process, without a stack trace of half an import;
    # a process that was started to ignore it goes on doing so.
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from deploy.embedded.cli import main

    signal.signal(signal.SIGINT, interrupt)
    sys.exit(main())
