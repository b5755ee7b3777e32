"""Liquid, faster: runs the few kinds of marks that most messages are made of; anything else the library does itself.

A text of words, outputs with filters, `if` and `unless` becomes functions once; the library walks its tree anew for
each message, which costs ten times as much. What is unusual, when reading or when filling in, goes to the library.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path, PositionalArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import OutputStreamLimitError
from liquid.expression import Expression
from liquid.stringify import to_liquid_string
from markupsafe import Markup

Values = Mapping[str, Any]
Part = Callable[[Values], str]
Getter = Callable[[Values], Any]
LITERALS = (StringLiteral, IntegerLiteral, FloatLiteral)
WIDEST = 4  # bytes of a character
BY_LIBRARY = frozenset(("size", "first", "last"))
"""Names that mean something of every value."""


class Unusual(Exception):
    """The library has to do this one."""


class Text:
    """A parsed text that can be filled in."""

    def __init__(self, template: BoundTemplate) -> None:
        self._template = template
        self._limit = template.env.output_stream_limit
        try:
            self._parts: list[Part] | None = _parts(template.nodes, template.env)
        except Unusual:
            self._parts = None

    @property
    def is_swift(self) -> bool:
        return self._parts is not None

    def render(self, values: Values) -> str:
        """As the library would. Raises LiquidError."""
        if self._parts is None:
            return self._template.render(**values)
        try:
            made = "".join([part(values) for part in self._parts])
        except Unusual:
            return self._template.render(**values)
        if self._limit is not None and len(made) * WIDEST > self._limit and len(made.encode()) > self._limit:
            raise OutputStreamLimitError("output stream limit reached", token=None)
        return made


def _parts(nodes: Iterable[Node], env: Environment) -> list[Part]:
    return [_part(node, env) for node in nodes]


def _part(node: Node, env: Environment) -> Part:
    kind = type(node)
    if kind is ContentNode:
        return _words(node.text)  # type: ignore[attr-defined]
    if kind is OutputNode:
        return _output(node.expression, env)  # type: ignore[attr-defined]
    if kind is IfNode or kind is UnlessNode:
        return _choice(node, env, unless=kind is UnlessNode)
    raise Unusual


def _words(text: str) -> Part:
    text = _lines(text)
    return lambda _values: text


def _lines(text: str) -> str:
    """Line ends as the library's output has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _output(expression: Expression, env: Environment) -> Part:
    get, escape = _filtered(expression, env), env.autoescape
    if escape:
        return lambda values: _lines(to_liquid_string(get(values), escape))

    def say(values: Values) -> str:
        value = get(values)
        return _lines(value if type(value) is str else to_liquid_string(value, escape))

    return say


def _choice(node: Any, env: Environment, *, unless: bool) -> Part:
    branches = [(_condition(node.condition, negated=unless), _block(node.consequence, env))]
    branches += [(_condition(one.expression), _block(one.block, env)) for one in node.alternatives]
    default = _block(node.default, env) if node.default else _words("")

    def choose(values: Values) -> str:
        for holds, block in branches:
            if holds(values):
                return block(values)
        return default(values)

    return choose


def _block(block: BlockNode, env: Environment) -> Part:
    if block.blank and env.suppress_blank_control_flow_blocks:
        return _words("")
    parts = _parts(block.nodes, env)
    return lambda values: "".join([part(values) for part in parts])


def _condition(condition: Any, *, negated: bool = False) -> Callable[[Values], bool]:
    if type(condition) is not BooleanExpression or type(condition.expression) is not Path:
        raise Unusual
    get = _path(condition.expression)

    def holds(values: Values) -> bool:
        value = get(values)
        return (value is not None and value is not False) is not negated

    return holds


def _filtered(expression: Any, env: Environment) -> Getter:
    if type(expression) is not FilteredExpression:
        raise Unusual
    get = _value(expression.left, env)
    for one in expression.filters or ():
        get = _through(one, get, env)
    return get


def _through(one: Filter, get: Getter, env: Environment) -> Getter:
    function = env.filters.get(one.name)
    if function is None or getattr(function, "with_context", False) or getattr(function, "with_environment", False):
        raise Unusual
    given = [_argument(argument, env) for argument in one.args]
    return lambda values: function(get(values), *given)


def _argument(argument: Any, env: Environment) -> Any:
    if type(argument) is not PositionalArgument:
        raise Unusual
    return _literal(argument.value, env)


def _value(expression: Any, env: Environment) -> Getter:
    if type(expression) is Path:
        return _path(expression)
    value = _literal(expression, env)
    return lambda _values: value


def _literal(expression: Any, env: Environment) -> Any:
    if type(expression) not in LITERALS:
        raise Unusual
    if env.autoescape and type(expression) is StringLiteral:
        return Markup(expression.value)  # noqa: S704 - written by the administrator, as the library has it
    return expression.value


def _path(path: Path) -> Getter:
    names: Sequence[Any] = path.path
    if not all(isinstance(name, str) for name in names) or BY_LIBRARY & set(names[1:]):
        raise Unusual

    def get(values: Any) -> Any:
        for name in names:
            if type(values) is not dict or name not in values:
                raise Unusual
            values = values[name]
        return values

    return get
