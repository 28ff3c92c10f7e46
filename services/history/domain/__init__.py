"""The pure rules of history: lines of events, owners of leads, what an erasure leaves."""
