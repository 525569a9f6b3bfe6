"""Models of the hashprice: a curve as given, a path that follows from price and hashrate, and random paths."""
