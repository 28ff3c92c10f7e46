"""Use cases of routing. They run in the caller's transaction unless they take the database."""
