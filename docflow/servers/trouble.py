"""Why a start is not possible, in words for the person at the terminal."""


class CannotStart(Exception):
    """The start was given up; the message says what is wrong and what to do."""
