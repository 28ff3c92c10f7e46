"""One customer's story in words that people read, in Russian and English."""
