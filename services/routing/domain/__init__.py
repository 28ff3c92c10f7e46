"""The rules of routing, pure: no I/O, no clock; what is decided here can be decided again."""
