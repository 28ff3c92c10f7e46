"""The pure rules of scheduled reports: when they are due, of which days, and how they are drawn."""
