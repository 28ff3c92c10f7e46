"""What was spent on advertising, and tables of it as advertising systems write them."""
