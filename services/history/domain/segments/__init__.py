"""The language of segments: what may be asked of a card, and what relative dates mean."""
