"""How a fact travels: spoken into a journal, relayed through a log, heard once and in order."""
