"""Figures inside the page: SVG inline, pixels as WebP, reduced together until they fit."""

import base64
import io
import re
from collections.abc import Sequence

from markupsafe import Markup
from PIL import Image

from cellweave.report.exhibits import Exhibit

BUDGET_BYTES = 3_000_000  # of figures before base64 adds a third to those of pixels
QUALITIES = ((88, 2560), (80, 1600), (70, 1024), (60, 640), (50, 400))  # WebP quality and longest side [px]


def embed(pictures: Sequence[Exhibit]) -> list[Markup]:
    """Return each picture as HTML, all of them at the best quality that fits the budget.

    Where even the lowest does not fit, pictures are as small as that.
    """
    vector = sum(len(picture.content) for picture in pictures if picture.suffix == ".svg")
    for quality, side in QUALITIES:
        packed = [p.content if p.suffix == ".svg" else _webp(p.content, quality, side) for p in pictures]
        if sum(map(len, packed)) - vector <= max(BUDGET_BYTES - vector, 0):
            break
    return [
        _inline_svg(content.decode(), f"f{i}-") if picture.suffix == ".svg" else _image(content, picture)
        for i, (picture, content) in enumerate(zip(pictures, packed, strict=True))
    ]


def _webp(content: bytes, quality: int, side: int) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        if getattr(picture, "is_animated", False):
            return content
        small = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()


def _image(content: bytes, picture: Exhibit) -> Markup:
    kind = Image.MIME[Image.open(io.BytesIO(content)).format]
    data = base64.b64encode(content).decode()
    alt = f"{picture.kind} {' '.join(picture.names)}"
    return Markup('<img loading="lazy" decoding="async" src="data:{};base64,{}" alt="{}">').format(kind, data, alt)


def _inline_svg(svg: str, prefix: str) -> Markup:
    """The <svg> element alone, scaled by the page, with ids that are unique on the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{prefix}", svg)
    return Markup(svg)
