"""Accounts in the administration: each change goes through the use cases and leaves a journal entry."""

from accounts.admin import journal, keys, organisation, people

__all__ = ["journal", "keys", "organisation", "people"]
