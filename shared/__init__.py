"""What would be equally useful in another company's system; the one exception is contracts/."""
