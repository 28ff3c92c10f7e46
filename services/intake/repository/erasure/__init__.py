"""What intake stores of a person, emptied in place; and the erasures themselves."""
