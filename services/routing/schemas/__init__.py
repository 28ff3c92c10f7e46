"""Bodies and answers of routing's HTTP API. Unknown members of a body are refused."""
