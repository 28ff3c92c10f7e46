"""What routing's HTTP door takes and gives. Unknown members of a body are refused."""
