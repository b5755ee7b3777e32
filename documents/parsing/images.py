"""Pictures: foreign ones checked and redrawn without their metadata, and the WebP encoder for all pages."""

import io
import warnings

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from documents.parsing import job
from documents.parsing.results import Picture, Verdict

PAGE_WIDTH, PAGE_HEIGHT = 1240, 3000
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 96, 232
PAGE_BYTES = 80_000  # of the first page on a phone; see ux.md
QUALITIES = (60, 40, 20)
PILLOW = {"png": "PNG", "jpeg": "JPEG", "tiff": "TIFF", "gif": "GIF", "webp": "WEBP"}
STILL = {"gif", "webp", "png"}  # only their first frame counts


def warm_up() -> None:
    """Load the decoders."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # parse() checks the size itself
    webp(Image.new("RGB", (8, 8)), PAGE_BYTES)
    warnings.simplefilter("ignore")


def parse(task: job.Job) -> job.Answers:
    """Check a picture by decoding all of it; a TIFF may have several pages."""
    try:
        image = Image.open(io.BytesIO(task.data), formats=[PILLOW[task.kind]])
    except UnidentifiedImageError as error:
        raise job.Refused(Verdict.DAMAGED) from error
    pages = 1 if task.kind in STILL else _count(image, task)
    wanted = task.to_draw(pages)
    sizes, drawn = [], []
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        if number >= pages:
            break
        _bounded(frame, task)
        sizes.append((float(frame.width), float(frame.height)))
        page = _redrawn(frame)
        if number in wanted:
            drawn += list(draw(number, page))
    yield job.opened(pages, sizes)
    if task.want_text:
        yield from job.texts(iter([""] * pages), task.limits.text)
    yield from drawn


def draw(number: int, page: Image.Image) -> job.Answers:
    """The page and its thumbnail as WebP; the page must be of display size already."""
    yield job.drawing(number, "page", webp(page, PAGE_BYTES))
    small = page.copy()
    small.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT), reducing_gap=2.0)
    yield job.drawing(number, "thumbnail", webp(small, PAGE_BYTES))


def webp(image: Image.Image, most: int) -> Picture:
    """As good as fits into so many bytes; the worst quality is taken whatever it weighs."""
    data = b""
    for quality in QUALITIES:
        target = io.BytesIO()
        image.save(target, "WEBP", quality=quality, method=2)
        data = target.getvalue()
        if len(data) <= most:
            break
    return Picture(data, image.width, image.height)


def _count(image: Image.Image, task: job.Job) -> int:
    pages = getattr(image, "n_frames", 1)
    if pages > task.limits.pages:
        raise job.Refused(Verdict.TOO_MANY_PAGES, pages)
    return pages


def _bounded(image: Image.Image, task: job.Job) -> None:
    if image.width * image.height > task.limits.pixels:
        raise job.Refused(Verdict.BOMB)


def _redrawn(frame: Image.Image) -> Image.Image:
    """Decoded whole, of display size, upright, without transparency or metadata."""
    frame.draft("RGB", (PAGE_WIDTH, PAGE_HEIGHT))
    orientation = frame.getexif().get(0x0112, 1)
    image = frame.convert(_mode(frame))
    image.thumbnail((PAGE_WIDTH, PAGE_HEIGHT), reducing_gap=2.0)
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image)
        image = paper
    image.getexif()[0x0112] = orientation
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _mode(frame: Image.Image) -> str:
    if "A" in frame.getbands() or "transparency" in frame.info:
        return "RGBA"
    return "L" if frame.mode in {"1", "L"} else "RGB"
