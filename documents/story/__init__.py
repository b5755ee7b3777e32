"""A document told to people: its way, what happens now, what may be done, what has happened."""
