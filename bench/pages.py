"""Pages of a running product with a million documents in it, as signed-in people get them."""

import atexit
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from itertools import cycle, islice
from random import Random
from typing import Any
from urllib.parse import quote_plus as quoted

from bench import loading_texts, meter
from bench.loading_product import COUNT, Product, running
from bench.pages_browser import Browser
from bench.results import Bar, Goal, Plot, Result, Spread, Table, number

PLACES = 60
CLIENTS, SECONDS = 8, 10
LIST_QUERIES, LIST_P95, DOCUMENT_P95, PER_SECOND = 10, 100, 200, 60
SLOW_LIST = (
    "A list is ten statements through the ORM and some twenty milliseconds of Python; the slowest is that of who sees "
    "few, whose documents are gathered from what he wrote, decided and received."
)
SLOW_SEARCH = (
    "A search is a list whose hits are also counted up to two hundred and shown with the words around them; who sees "
    "few has all that he may see looked through."
)
MOSTLY_PYTHON = (
    "A list takes some thirty-two milliseconds of CPU of all processes together, most of it Python in the web "
    "processes, of which there is one for each core up to four: that is all that two cores have."
)
GROUND = (
    f"A product started by `manage.py up`, {COUNT:,} documents of four years with texts in two languages, 50,000 "
    "clients, 1.5 million journal entries"
)
OPEN = ExitStack()
atexit.register(OPEN.close)
LEXEMES = "SELECT word, ndoc * 50 FROM ts_stat('SELECT vector FROM documents_documenttext TABLESAMPLE system (2)')"
KINDS = {"rare": (100, 900), "middling": (3_000, 6_000), "common": (90_000, 600_000)}


def percentile(taken: Iterable[float], share: float) -> float:
    """In milliseconds."""
    found = sorted(taken)
    return 1000 * found[min(int(len(found) * share), len(found) - 1)]


def measure(rounds: int) -> Result:
    """What one person waits for each page."""
    product = filled()
    words, places = choose_words(product), choose_places(product)
    pages = addresses(product, places)
    inside = _inside(product, rounds, words, places, pages)
    lists = {name: _ask(product, part, paths, rounds) for name, (part, paths) in pages.items()}
    searches = {
        (part, kind): _ask(product, part, [f"/documents/?q={q}" for q in map(quoted, asked)], rounds)
        for part in ("staff", "approver")
        for kind, asked in words.items()
    }
    return Result(
        "pages",
        f"Pages among {COUNT:,} documents",
        list(_goals(inside, lists, searches)),
        [_pages_table(inside, lists), _search_table(searches), _ways_table(inside)],
        list(_plots(inside)),
        f"{GROUND}; one signed-in browser on a kept connection, {rounds} rounds. One document in ten has its whole "
        "story; the pages shown are of those.",
    )


def crowd(rounds: int) -> Result:
    """How many lists several people get at once."""
    product = filled()
    places = choose_places(product)
    speeds = [_throughput(product, places) for _number in range(rounds)]
    speed = Spread.of(one for one, _taken, _used in speeds)
    goal = Goal(f"{CLIENTS} people at the list at once", PER_SECOND, speed.median, "requests/s", cause=MOSTLY_PYTHON)
    title = f"{CLIENTS} people at the list at once"
    return Result("crowd", title, [goal], [_speed_table(speeds)], [], f"{GROUND}; {SECONDS} s a round.")


@cache
def filled() -> Product:
    """One product for all measurements of this run."""
    product = OPEN.enter_context(running())
    product.fill()
    return product


def choose_words(product: Product) -> dict[str, list[str]]:
    """Words of both languages by how often they are found, and pairs of them."""
    hits = dict(product.rows(LEXEMES))
    written = sorted(_vocabulary())
    chance = Random(11)
    chance.shuffle(written)
    chosen: dict[str, list[str]] = {}
    for kind, (least, most) in KINDS.items():
        fitting = [word for word in written if least <= hits.get(word.lower(), 0) <= most]
        russian = [word for word in fitting if not word.isascii()]
        english = [word for word in fitting if word.isascii()]
        chosen[kind] = russian[:6] + english[:4]
    pairs = (("rare", "common"), ("middling", "middling"), ("middling", "common"), ("common", "common"))
    for one, other in pairs:
        turned = cycle(reversed(chosen[other]))
        chosen[f"{one} and {other}"] = [f"{word} {next(turned)}" for word in chosen[one]]
    return chosen


def _vocabulary() -> set[str]:
    found: set[str] = set()
    for tongue in (loading_texts.RUSSIAN, loading_texts.ENGLISH):
        lists = [tongue.goods, tongue.cities, tongue.surnames, tongue.companies, tongue.clauses]
        found |= {word for words in lists for line in words for word in line.split() if word.isalpha()}
    return {word for word in found if len(word) > 3 and "ё" not in word}


def choose_places(product: Product) -> list[str]:
    """Documents with their whole story, all over the years."""
    rows = product.rows(
        "SELECT subject_id FROM notifications_notification TABLESAMPLE bernoulli (2) REPEATABLE (5) ORDER BY random()"
    )
    return [str(row[0]) for row in rows[:PLACES]]


def addresses(product: Product, places: list[str]) -> dict[str, tuple[str, list[str]]]:
    """What is measured: who asks, and for which addresses."""
    client = product.rows("SELECT id FROM accounts_user WHERE name = 'Мария Котова'")[0][0]
    mine = product.rows("SELECT id FROM documents_document WHERE client_id = %s AND state = 'acknowledged'", client)
    names = ["Анна", "Смирнов", "James", "Ольга К", "Иван Петров"]
    return {
        "List, newest": ("staff", ["/documents/"] * 20),
        "List, anywhere": ("staff", [f"/documents/?after={place}" for place in places]),
        "List, by state": ("staff", [f"/documents/?state={one}" for one in STATES]),
        "List, by type and state": ("staff", [f"/documents/?type={one}&state=attention" for one in ("act", "invoice")]),
        "Document": ("staff", [f"/documents/{place}/" for place in places]),
        "List of who sees few": ("approver", ["/documents/"] * 20),
        "List of who sees few, anywhere": ("approver", [f"/documents/?after={place}" for place in places[:20]]),
        "My tasks": ("approver", ["/tasks/"] * 10),
        "Portal": ("client", ["/portal/"] * 20),
        "Portal, search": ("client", [f"/portal/?q={quoted(word)}" for word in ("договор", "Invoice", "стеллажи")]),
        "Document in the portal": ("client", [f"/portal/documents/{row[0]}/" for row in mine[:20]]),
        "Clients": ("staff", ["/clients/"] * 10),
        "Clients by name": ("staff", [f"/clients/?q={quoted(name)}" for name in names]),
        "One client": ("staff", [f"/clients/{client}/"] * 5),
        "Delivery log": ("admin", ["/admin/deliveries/", "/admin/deliveries/?state=failed&period=all"]),
        "Journal": ("admin", ["/admin/accounts/auditentry/"] * 5),
        "Journal by thing and by name": (
            "admin",
            [f"/admin/accounts/auditentry/?q={places[0]}", "/admin/accounts/auditentry/?q=%D0%90%D0%BD%D0%BD%D0%B0"],
        ),
        "Documents in the administration": ("admin", ["/admin/documents/document/"] * 5),
        "People in the administration": ("admin", ["/admin/accounts/user/", "/admin/accounts/user/?q=Jam"]),
    }  # fmt: skip


STATES = ("attention", "preparing", "deciding", "ready", "client", "done", "archive", "failed")


def _inside(
    product: Product,
    rounds: int,
    words: dict[str, list[str]],
    places: list[str],
    pages: Mapping[str, tuple[str, list[str]]],
) -> "Inside":
    asked: dict[str, Any] = {
        "people": {part: login["email"] for part, login in product.up["logins"].items()},
        "pages": {name: (part, paths[0]) for name, (part, paths) in pages.items()},
        "words": words,
        "places": places,
    }
    asked["pages"]["Search"] = ("staff", f"/documents/?q={quoted(words['middling'][0])}")
    done = subprocess.run(
        [sys.executable, "-m", "bench.pages_inside", str(rounds)],
        env=product.environment(), check=True, stdout=subprocess.PIPE, input=json.dumps(asked), text=True,
    )  # fmt: skip
    found: Inside = json.loads(done.stdout.splitlines()[-1])
    return found


def _ask(product: Product, part: str, paths: list[str], rounds: int) -> list[float]:
    browser = Browser(product, part)
    browser.get(paths[0])
    return [browser.get(path).seconds for _number in range(rounds) for path in paths]


def _throughput(product: Product, places: list[str]) -> tuple[float, list[float], meter.Used]:
    """Requests a second by several people at once, and what each took."""
    browsers = [Browser(product, "staff") for _number in range(CLIENTS)]
    taken: list[list[float]] = [[] for _browser in browsers]
    until = time.monotonic() + SECONDS

    def walk(number: int) -> None:
        for place in islice(cycle(places), number * 7, None):
            taken[number].append(browsers[number].get(f"/documents/?after={place}").seconds)
            if time.monotonic() > until:
                return

    threads = [threading.Thread(target=walk, args=(number,)) for number in range(CLIENTS)]
    with meter.Meter() as used:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sum(map(len, taken)) / used.used.seconds, [one for each in taken for one in each], used.used


Inside = Mapping[str, Any]
"""What `bench.pages_inside` answered."""


def _goals(
    inside: Inside, lists: Mapping[str, list[float]], searches: Mapping[tuple[str, str], list[float]]
) -> Iterator[Goal]:
    counted = inside["statements"]
    shown = [name for name in lists if name.startswith("List")]
    most = max(counted[name] for name in shown)
    slowest = max(percentile(lists[name], 0.95) for name in shown)
    found = max(percentile(taken, 0.95) for taken in searches.values())
    yield Goal("Statements for a list of 50 documents, whoever asks", LIST_QUERIES, most, "", at_least=False)
    kind = "List of 50 anywhere, p95 of the slowest kind"
    yield Goal(kind, LIST_P95, slowest, "ms", at_least=False, cause=SLOW_LIST)
    yield Goal("Search, p95 of the slowest class of words", LIST_P95, found, "ms", at_least=False, cause=SLOW_SEARCH)
    document = max(percentile(lists[name], 0.95) for name in ("Document", "Document in the portal"))
    yield Goal("Document page, p95", DOCUMENT_P95, document, "ms", at_least=False)


def _pages_table(inside: Inside, lists: Mapping[str, list[float]]) -> Table:
    rows = [[name, str(inside["statements"][name]), *_percentiles(taken)] for name, taken in lists.items()]
    return Table("Pages, one after the other", ["page", "statements", "p50 ms", "p95 ms", "slowest ms"], rows)


def _search_table(searches: Mapping[tuple[str, str], list[float]]) -> Table:
    who = {"staff": "sees all", "approver": "sees few"}
    rows = [[kind, who[part], *_percentiles(taken)] for (part, kind), taken in searches.items()]
    return Table("Search, the whole page", ["words", "who", "p50 ms", "p95 ms", "slowest ms"], rows)


def _ways_table(inside: Inside) -> Table:
    rows = [
        [f"search: {kind}", *_percentiles(ways["ours"])[:2], *_percentiles(ways["plain"])[:2]]
        for kind, ways in inside["searches"].items()
    ]
    ways = inside["lists"]
    rows.append(["list anywhere", *_percentiles(ways["ours"])[:2], *_percentiles(ways["stock"])[:2]])
    return Table(
        "Beside the usual ways, without the page",
        ["what", "ours p50 ms", "p95", "usual p50 ms", "p95"],
        rows,
        "Usual: words, order by id and limit 51 in one statement, broken off after 5 s; Django's own paginator with "
        "count and offset.",
    )


def _speed_table(speeds: list[tuple[float, list[float], meter.Used]]) -> Table:
    rows = [
        [number(one), *_percentiles(taken), number(1000 * used.cpu / len(taken)), number(used.foreign)]
        for one, taken, used in speeds
    ]
    columns = ["requests/s", "p50 ms", "p95 ms", "slowest ms", "CPU ms a request", "cores taken by others"]
    return Table("", columns, rows)


def _percentiles(taken: list[float]) -> list[str]:
    return [number(percentile(taken, 0.5)), number(percentile(taken, 0.95)), number(1000 * max(taken))]


def _plots(inside: Inside) -> Iterator[Plot]:
    for name, kinds in (("alone", list(KINDS)), ("pairs", [kind for kind in inside["searches"] if " and " in kind])):
        bars = []
        for kind in kinds:
            for way, label in (("ours", "docflow"), ("plain", "one statement")):
                taken = inside["searches"][kind][way]
                low, high = percentile(taken, 0.05), percentile(taken, 0.95)
                bars.append(Bar(f"{kind}, {label}", percentile(taken, 0.5), low, high, way == "ours"))
        yield Plot(f"pages-search-{name}", "Search among a million documents, p5 to p95", "ms", bars, goal=LIST_P95)


MEASUREMENTS: dict[str, Callable[[int], Result]] = {"pages": measure, "crowd": crowd}
