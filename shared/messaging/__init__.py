"""How a fact travels: emitted into a journal, relayed by a log, consumed once and in order."""
