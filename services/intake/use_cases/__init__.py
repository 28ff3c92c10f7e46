"""What intake does: each verb once, inside the transaction its caller opened."""
