"""Bodies and answers of history's HTTP API. Unknown members of a body are refused."""
