"""The pure rules of history: entries of events, and what an erasure leaves."""
