"""A whole number in parts: by largest remainder (Hamilton's method), as seats are given to parties.

Balinski, Young: Fair Representation (1982), chapter 3.
"""

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """The total in parts in proportion to the weights: they add up to it exactly, and each is less
    than one unit from its exact share. Of equal remainders the first goes first.

    Neither the total nor a weight is negative. Raises ValueError for weights that are all 0 with a
    total that is not.
    """
    whole = sum(weights)
    if total == whole:
        return list(weights)
    if not whole:
        raise ValueError("nothing to go by")
    parts = [total * weight // whole for weight in weights]
    missing = total - sum(parts)
    if not missing:
        return parts
    remainders = [total * weight % whole for weight in weights]
    least = sorted(remainders, reverse=True)[missing - 1]
    above = sum(one > least for one in remainders)
    equal = missing - above
    for place, one in enumerate(remainders):
        if one > least:
            parts[place] += 1
        elif one == least and equal:
            parts[place] += 1
            equal -= 1
    return parts
