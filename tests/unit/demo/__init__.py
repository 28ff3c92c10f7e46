"""The demo without a running Leadflow: its plan, its requests, its behaviours."""
