"""What can be read off the code and the packages: no evaluation of texts, no slow patterns, locked dependencies."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as kinds  # type: ignore[attr-defined]  # the parser of patterns, for looking only
from re import _parser as parser  # type: ignore[attr-defined]

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("accounts", "docflow", "documents", "notifications", "support")
REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for app in PRODUCT:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield str(path), node


def named(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_item_49_no_text_is_ever_run() -> None:
    """Tenants' texts are Liquid with plain data; nothing is compiled by Python, Django or Jinja."""
    forbidden = {"eval", "exec", "compile", "__import__"}
    modules_forbidden = {"pickle", "marshal", "jinja2", "django.template", "django.utils.safestring"}
    called = {(path, named(call)) for path, call in calls() if named(call) in forbidden}
    imported = {
        (str(path), str(node.module))
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in modules_forbidden
    }

    assert called == set()
    assert {one for one in imported if one[1] not in {"django.template", "django.utils.safestring"}} == set()
    # Tags of our own pages, whose tests show that names are escaped, and the demo's page of letters, shut in a frame.
    assert {path for path, _module in imported} <= {
        "docflow/templatetags/rows.py",
        "docflow/templatetags/ui.py",
        "notifications/simulators/page.py",
        "notifications/templatetags/desk.py",
    }


def test_item_49_no_template_switches_escaping_off() -> None:
    """But for the help texts of the administration's forms, which are ours."""
    found = {
        (str(path.relative_to(ROOT / "templates")), hit)
        for path in (ROOT / "templates").rglob("*.html")
        for hit in re.findall(r"[\w.]+\s*\|\s*safe\b|autoescape\s+off", path.read_text())
    }

    assert found == {("admin/includes/fieldset.html", "one.help_text|safe")}


def test_item_53_no_pattern_repeats_a_repeat() -> None:
    """Nested unbounded repeats are what makes a pattern take for ever; everything else is linear or nearly so."""
    patterns = [
        (path, call.args[0].value)
        for path, call in calls()
        if named(call).startswith("re.") and call.args and isinstance(call.args[0], ast.Constant)
    ]

    assert len(patterns) > 20
    assert [(path, text) for path, text in patterns if _nested(parser.parse(text))] == []


def _nested(parsed: object, inside: bool = False) -> bool:
    for operation, argument in parsed:  # type: ignore[attr-defined]
        endless = operation in REPEATS and argument[1] is kinds.MAXREPEAT
        if endless and inside:
            return True
        if any(_nested(one, inside or endless) for one in _within(argument)):
            return True
    return False


def _within(argument: object) -> Iterator[object]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for one in argument:
            yield from _within(one)


def test_item_53_the_check_itself_sees_a_bad_pattern() -> None:
    assert _nested(parser.parse(r"(a+)+$"))
    assert _nested(parser.parse(r"(?:x|(?:ab*)*)"))
    assert not _nested(parser.parse(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}\w+"))


def test_no_filter_takes_a_dictionary_of_the_request() -> None:
    """`filter(**request.GET)` would let a stranger choose fields and connectors."""
    found = [
        (path, ast.unparse(word.value))
        for path, call in calls()
        for word in call.keywords
        if word.arg is None and "request" in ast.unparse(word.value)
    ]

    assert found == []


def test_item_41_no_view_is_let_off_the_csrf_check_but_signed_callbacks_and_the_api() -> None:
    exempt = [
        str(path)
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any("csrf_exempt" in ast.unparse(one) for one in node.decorator_list)
    ]

    assert set(exempt) <= {"notifications/hooks.py"}


def test_item_60_nobody_switches_the_check_of_certificates_off() -> None:
    forbidden = ("CERT_NONE", "check_hostname = False", "verify=False", "_create_unverified_context")

    assert [
        (path, word)
        for app in PRODUCT
        for path in (ROOT / app).rglob("*.py")
        for word in forbidden
        if word in path.read_text()
    ] == []


def test_item_73_every_dependency_is_locked_by_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        packages = [one for one in entries if re.match(r"[\w.-]+(\[[\w,-]+\])?==", one)]
        assert len(packages) > 20
        assert [one.split()[0] for one in packages if "--hash=sha256:" not in one] == [], name


def test_item_75_the_image_holds_the_product_alone() -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()

    assert {".git", "tests", "bench", "data", "docs"} <= set(left_out)
    assert "requirements-dev" not in (ROOT / "Dockerfile").read_text()
    assert "USER docflow" in (ROOT / "Dockerfile").read_text()
