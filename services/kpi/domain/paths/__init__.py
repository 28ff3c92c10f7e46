"""What is told of people for reports on money: arrivals, sales and whom these credit."""
