"""Rows of pay: targets, schemes, what-ifs, closed months, and the sales that they rest on."""
