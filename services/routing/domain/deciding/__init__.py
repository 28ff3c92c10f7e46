"""Who gets a lead. Pure and deterministic: equal inputs give equal owners, in any order of the
candidates, so that a decision can be verified later.
"""
