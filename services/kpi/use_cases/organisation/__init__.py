"""Works out what a manager's day needs."""
