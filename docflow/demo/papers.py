"""The demo's papers: real PDFs with a text layer, in Russian and English, generated here."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle
from reportlab.platypus.flowables import Flowable

FACES = {"Paper": "PT_Serif-Web-Regular.ttf", "Paper-Bold": "PT_Serif-Web-Bold.ttf"}
HAIR = 0.5


@dataclass(frozen=True)
class Paper:
    """What is printed: a heading, a line beneath it, place and date, numbered sections, and a table if any."""

    heading: str
    beneath: str
    place: str
    day: str
    opening: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    table: tuple[tuple[str, ...], ...] = ()
    closing: str = ""


def pdf(paper: Paper, *, password: str | None = None) -> bytes:
    """The paper as the bytes of a PDF, the same every time; with a password it opens only to who knows it."""
    styles = _styles()
    out = BytesIO()
    template = BaseDocTemplate(
        out,
        pagesize=A4,
        title=paper.heading,
        author="docflow",
        invariant=1,
        encrypt=password,
        leftMargin=25 * mm,
        rightMargin=20 * mm,
        topMargin=24 * mm,
        bottomMargin=22 * mm,
    )
    frame = Frame(template.leftMargin, template.bottomMargin, template.width, template.height, id="page")
    template.addPageTemplates(PageTemplate(id="page", frames=[frame], onPage=_page_number))
    template.build(_flow(paper, styles))
    return out.getvalue()


def _flow(paper: Paper, styles: dict[str, ParagraphStyle]) -> list[Flowable]:
    flow: list[Flowable] = [
        Paragraph(paper.heading, styles["heading"]),
        Paragraph(paper.beneath, styles["beneath"]),
        _place_and_day(paper, styles),
        Spacer(1, 4 * mm),
        Paragraph(paper.opening, styles["text"]),
    ]
    for number, (title, clauses) in enumerate(paper.sections, start=1):
        flow.append(Paragraph(f"{number}. {title}", styles["section"]))
        flow += [
            Paragraph(f"{number}.{place}. {clause}", styles["text"]) for place, clause in enumerate(clauses, start=1)
        ]
    if paper.table:
        flow += [Spacer(1, 4 * mm), _table(paper.table, styles)]
    if paper.closing:
        flow += [Spacer(1, 8 * mm), Paragraph(paper.closing, styles["text"])]
    return flow


def _place_and_day(paper: Paper, styles: dict[str, ParagraphStyle]) -> Table:
    line = Table([[Paragraph(paper.place, styles["left"]), Paragraph(paper.day, styles["right"])]])
    line.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]))
    return line


def _table(rows: tuple[tuple[str, ...], ...], styles: dict[str, ParagraphStyle]) -> Table:
    cells = [[Paragraph(cell, styles["left"]) for cell in row] for row in rows]
    table = Table(cells, repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), HAIR, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def _page_number(canvas: object, template: BaseDocTemplate) -> None:
    canvas.setFont("Paper", 9)  # type: ignore[attr-defined]  # reportlab's canvas has no types
    canvas.drawCentredString(A4[0] / 2, 12 * mm, str(template.page))  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _styles() -> dict[str, ParagraphStyle]:
    spec = find_spec("fontpkg_pt_serif")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package fontpkg-pt-serif is missing.")
    for name, file in FACES.items():
        pdfmetrics.registerFont(TTFont(name, str(Path(spec.origin).parent / "files" / file)))
    pdfmetrics.registerFontFamily("Paper", normal="Paper", bold="Paper-Bold", italic="Paper", boldItalic="Paper-Bold")
    base = ParagraphStyle("left", fontName="Paper", fontSize=11, leading=15.5)
    return {
        "left": base,
        "right": ParagraphStyle("right", base, alignment=TA_RIGHT),
        "text": ParagraphStyle("text", base, alignment=TA_JUSTIFY, spaceAfter=5),
        "heading": ParagraphStyle("heading", base, fontName="Paper-Bold", fontSize=15, leading=20, alignment=TA_CENTER),
        "beneath": ParagraphStyle("beneath", base, alignment=TA_CENTER, spaceAfter=14),
        "section": ParagraphStyle(
            "section", base, fontName="Paper-Bold", fontSize=12, alignment=TA_CENTER, spaceBefore=9, spaceAfter=5
        ),
    }
