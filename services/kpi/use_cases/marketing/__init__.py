"""Records budgets, sets what was spent beside them, and says where another rouble brings more."""
