"""Foreign files are parsed only here, in a process without network, files or rights (jail.py).

`examine` is the way in; the other names are what it answers and raises.
"""

from documents.parsing.examination import close, examine, prepare
from documents.parsing.results import (
    Examined,
    Finding,
    Limits,
    PageResult,
    ParserDied,
    ParserUnavailable,
    Picture,
    Verdict,
)

__all__ = [
    "Examined",
    "Finding",
    "Limits",
    "PageResult",
    "ParserDied",
    "ParserUnavailable",
    "Picture",
    "Verdict",
    "close",
    "examine",
    "prepare",
]
