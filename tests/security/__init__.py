"""The acceptance list of docs/security.md: the number of an item stands in the name of the test that proves it."""
