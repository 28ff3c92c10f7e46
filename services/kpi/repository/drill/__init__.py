"""What the numbers of reports count, one by one."""
