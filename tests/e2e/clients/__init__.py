"""Calendar programs that people use, and what they show of a feed; any other test may import them."""
