"""Pictures: foreign ones checked and redrawn without their metadata, and the WebP encoder for all pages."""

import io
import warnings
from collections.abc import Iterator

from PIL import Image, ImageChops, ImageOps, ImageSequence, UnidentifiedImageError

from documents.parsing import job
from documents.parsing.results import Picture, Verdict

PAGE_WIDTH, PAGE_HEIGHT = 1240, 3000
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 96, 232
PAGE_BYTES = 80_000  # of the first page on a phone; see ux.md
GREY = 24  # colours nearer than this to grey are taken as grey
COLOURS = 32
FOUR_TONES = [round(tone / 85) * 85 for tone in range(256)]
PILLOW = {"png": "PNG", "jpeg": "JPEG", "tiff": "TIFF", "gif": "GIF", "webp": "WEBP"}
STILL = {"gif", "webp", "png"}  # only their first frame counts


def warm_up() -> None:
    """Load the decoders."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # parse() checks the size itself
    for mode in ("L", "RGB"):
        webp(Image.effect_noise((64, 64), 99).convert(mode), PAGE_BYTES)
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
    """As good as fits into so many bytes; the last try is taken whatever it weighs."""
    tries = _photographs(image) if _is_photograph(image) else _prints(image)
    picture = next(tries)
    while len(picture.data) > most and (smaller := next(tries, None)):
        picture = smaller
    return picture


def _is_photograph(image: Image.Image) -> bool:
    """Many colours, or greys mostly between black and white; print has few, and much paper."""
    sample = image.resize((max(image.width // 4, 1), max(image.height // 4, 1)), Image.Resampling.NEAREST)
    if _is_grey(sample):
        tones = sample.convert("L").histogram()
        return sum(tones[48:208]) > 0.25 * sum(tones)
    return sample.point([tone & 0xF0 for tone in range(256)] * 3).getcolors(256) is None


def _is_grey(image: Image.Image) -> bool:
    if image.mode == "L":
        return True
    red, green, blue = image.split()
    pairs = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return not any(sum(pair.histogram()[GREY:]) for pair in pairs)


def _prints(image: Image.Image) -> Iterator[Picture]:
    """Text and line art: few tones, without loss; that is sharper, smaller and faster than the lossy way."""
    grey = _is_grey(image)
    for share in (1.0, 0.8, 0.64):
        page = _smaller(image, share)
        if grey:
            page = page.convert("L").point(FOUR_TONES)
        else:
            page = page.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGB")
        yield _save(page, lossless=True, quality=0, method=0)


def _photographs(image: Image.Image) -> Iterator[Picture]:
    for share, quality in ((1.0, 60), (0.8, 25)):
        yield _save(_smaller(image, share), quality=quality, method=2)


def _smaller(image: Image.Image, share: float) -> Image.Image:
    if share == 1:
        return image
    size = (max(round(image.width * share), 1), max(round(image.height * share), 1))
    return image.resize(size, Image.Resampling.BICUBIC)


def _save(image: Image.Image, **options: bool | int) -> Picture:
    target = io.BytesIO()
    image.save(target, "WEBP", **options)
    return Picture(target.getvalue(), image.width, image.height)


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
