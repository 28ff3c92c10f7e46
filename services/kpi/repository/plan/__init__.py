"""Rows of plans: their versions, values of axes, blocks of cells, locks and changes."""
