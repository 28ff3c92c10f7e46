"""Rows of leases, and of leads that wait for somebody after one."""
