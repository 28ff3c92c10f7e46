"""A year in the life of an invented company: its facts, a naive oracle over them, and the steps."""
