"""The pure rules of history: what a line says, whose a lead is, what an erasure leaves."""
