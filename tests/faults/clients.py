"""Run inside the product's environment: makes clients who can be reached in all three ways.

`python -m tests.faults.clients COUNT` prints their addresses as JSON. Every third is slow to answer at each provider,
so that at any moment some messages are between a provider's acceptance and our record of it.
"""

import json
import sys

import django

# Receipts that come twice, in the wrong order, and an answer after five seconds (notifications.simulators.magic).
PHONES = ("90004", "90005", "90007")


def make(count: int) -> list[str]:
    from accounts.models.contact import Kind
    from tests.factories import accounts

    found = []
    for number in range(count):
        slow = number % 3 == 2
        person = accounts.client(email=f"load{number}{'+slow' if slow else ''}@faults.example", language="ru")
        accounts.contact(person, Kind.PHONE, f"+7900{number:02d}{PHONES[number % 3]}")
        accounts.contact(person, Kind.TELEGRAM, "90007" if number == 2 else f"8800{number:04d}")
        found.append(person.email)
    return found


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(make(int(sys.argv[1]))))
