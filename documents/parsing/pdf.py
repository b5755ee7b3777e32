"""PDF: text layer and drawn pages, by PDFium."""

import ctypes

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from documents.parsing import active, images, job
from documents.parsing.results import Finding, Verdict

LOCKED = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
TAIL = 4096


def warm_up() -> None:
    """Load the library's lazy parts by drawing an empty page."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(10, 10).render().to_pil()
    document.close()


def parse(task: job.Job) -> job.Answers:
    """Check that the file opens and is whole, then read and draw page by page."""
    document = _open(task.data)
    pages = len(document)
    if pages > task.limits.pages:
        raise job.Refused(Verdict.TOO_MANY_PAGES, pages)
    if b"%%EOF" not in task.data[-TAIL:]:
        raise job.Refused(Verdict.DAMAGED)
    document[0].close()  # one that has no readable first page is no document
    findings = set(active.in_pdf(task.data)) | _by_library(document)
    yield job.opened(pages, [document.get_page_size(number) for number in range(pages)], sorted(findings))
    if task.want_text:
        yield from job.texts((_text(document, number) for number in range(pages)), task.limits.text)
    if len(task.to_draw(pages)) and document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    for number in task.to_draw(pages):
        yield from images.draw(number, _drawn(document, number))


def _open(data: bytearray) -> pypdfium2.PdfDocument:
    memory = (ctypes.c_char * len(data)).from_buffer(data)
    try:
        return pypdfium2.PdfDocument(memory)
    except pypdfium2.PdfiumError as error:
        verdict = Verdict.ENCRYPTED if error.err_code in LOCKED else Verdict.DAMAGED
        raise job.Refused(verdict) from error


def _by_library(document: pypdfium2.PdfDocument) -> set[Finding]:
    """What PDFium finds also where the objects are encrypted."""
    counts = (
        (raw.FPDFDoc_GetJavaScriptActionCount(document.raw), Finding.SCRIPTS),
        (raw.FPDFDoc_GetAttachmentCount(document.raw), Finding.FILES),
    )
    return {finding for count, finding in counts if count > 0}


def _text(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
        reader = page.get_textpage()
        text: str = reader.get_text_range()
        reader.close()
        page.close()
    except pypdfium2.PdfiumError:
        return ""
    return text.replace("\r\n", "\n").replace("\ufffe", "")


def _drawn(document: pypdfium2.PdfDocument, number: int) -> Image.Image:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:  # a broken page among sound ones is shown empty
        return Image.new("L", (images.PAGE_WIDTH, images.PAGE_WIDTH), "white")
    width, height = (max(side, 1.0) for side in page.get_size())
    scale = min(images.PAGE_WIDTH / width, images.PAGE_HEIGHT / height)
    picture: Image.Image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    page.close()
    return picture
