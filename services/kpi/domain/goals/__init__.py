"""Goals: specific, measurable, bounded in time, reachable, challenging; and how far they are."""
