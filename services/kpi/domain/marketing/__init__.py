"""What advertising may cost, what it did cost, and where another rouble would bring more."""
