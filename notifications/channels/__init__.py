"""One module per way of reaching a person. They translate; they decide nothing."""
