"""Run inside the product's environment: makes clients who can be reached in all three ways.

`python -m tests.faults.clients` prints their addresses as JSON, by group (notifications.simulators.magic knows what
each address does): `usual` ones, every third slow to answer; `odd` ones, each with its own way of answering badly;
`outage` ones, whose providers fail for a while; one who is `hesitant`.
"""

import json
import sys
from collections.abc import Iterator

import django

# Receipts that come twice, in the wrong order, and an answer after five seconds.
PHONES = ("90004", "90005", "90007")
USUAL = 6
ODD = ("busy", "timeout", "garbage", "drip", "flood", "cut")
OUTAGE = 12


def make() -> dict[str, list[str]]:
    return {"usual": list(usual()), "odd": list(odd()), "outage": list(outage()), "hesitant": list(hesitant())}


def usual() -> Iterator[str]:
    for number in range(USUAL):
        mailbox = f"load{number}{'+slow' if number % 3 == 2 else ''}@faults.example"
        yield client(mailbox, f"+7900{number:02d}{PHONES[number % 3]}", "90007" if number == 2 else f"8800{number:04d}")


def odd() -> Iterator[str]:
    from notifications.simulators.magic import NUMBERS

    numbers = {word: number for number, word in NUMBERS.items()}
    for place, word in enumerate(ODD):
        number = numbers[word]  # type: ignore[index]  # its words are strings
        yield client(f"odd+{word}@faults.example", f"+7901{place:02d}{number}", number)


def outage() -> Iterator[str]:
    for number in range(OUTAGE):
        yield client(f"down{number}+outage@faults.example", f"+7902{number:02d}90015", f"8801{number:04d}")


def hesitant() -> Iterator[str]:
    yield client("load+hesitant@faults.example", "+79030012345", "88020001")


def client(mailbox: str, phone: str, chat: str) -> str:
    from accounts.models.contact import Kind
    from tests.factories import accounts

    person = accounts.client(email=mailbox, language="ru")
    accounts.contact(person, Kind.PHONE, phone)
    accounts.contact(person, Kind.TELEGRAM, chat)
    return str(person.email)


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(make()))
