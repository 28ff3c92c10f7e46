"""What routing does: each use case works inside the caller's transaction unless it says more."""
