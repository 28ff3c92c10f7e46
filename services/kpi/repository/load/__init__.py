"""What stories say of who held which leads, and what managers were when."""
