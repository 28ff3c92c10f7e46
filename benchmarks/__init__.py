"""Speed claims come from here: ratios side by side in one run, never from a timed test."""
