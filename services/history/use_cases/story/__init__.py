"""One customer's story: everything in order, with what was merged and who has read of it."""
