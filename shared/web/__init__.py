"""What every HTTP door shares: problems, tokens and roles, limits, pages of lists, health."""
