"""Reads the text of a document: .txt, .md, .html, .pdf, and the records of .jsonl and .parquet files.

Whatever the format, headings come out as Markdown `#` lines, since the chunks are cut along them:

    Document(name="guide.html", title="Guide", pages=("# Guide\\n\\n## Installation\\n\\nRun `make`. …",))

A file that cannot be read is a UserError of one line that names the file and why.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factory.errors import UserError
from factory.files import read_records

if TYPE_CHECKING:
    import pypdfium2

RECORDS = (".jsonl", ".ndjson", ".parquet")
SUFFIXES = (".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".pdf", *RECORDS)

_KANA = re.compile(r"[ぁ-ゖァ-ヺー]")
_HALF_WIDTH_KANA = re.compile(r"[｡-ﾟ]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_LIKELY = ["cp932", "euc_jp", "cp949", "gb18030", "big5", "cp1252", "cp1250", "cp1251"]
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

_FENCE = re.compile(r"(^[ \t]*(?:```|~~~)[^\n]*\n(?:.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z))", re.DOTALL | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,10000}?)^(?:---|\.\.\.)[ \t]*\n", re.DOTALL | re.MULTILINE)
_MARKUP = [
    (re.compile(r"<!--.{0,2000}?-->", re.DOTALL), ""),
    (re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"\n]{0,200}\")?\)"), r"\1"),
    (re.compile(r"^ {0,3}\[[^\[\]\n]{1,200}\]:[ \t]*\S+[^\n]*\n?", re.MULTILINE), ""),
    (re.compile(r"\*\*([^*\n]{1,500})\*\*"), r"\1"),
    (re.compile(r"^(?=[^\s#>|*+-])([^\n]{1,200})\n=+[ \t]*$", re.MULTILINE), r"# \1"),
    (re.compile(r"^(?=[^\s#>|*+-])([^\n]{1,200})\n-{2,}[ \t]*$", re.MULTILINE), r"## \1"),
    (re.compile(r"^(#{1,6} [^\n]{0,200}?)[ \t]{1,8}#{1,6}[ \t]{0,8}$", re.MULTILINE), r"\1"),
]
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)

_RAISED = str.maketrans("0123456789+-−()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_LARGER = 1.15
"""How much taller than the body's the characters of a heading in a PDF are."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it was read. `pages` is one text, or one for each page where the format has pages."""

    name: str
    title: str | None
    pages: tuple[str, ...]


def read_documents(path: Path, *, text: str = "text", title: str | None = None) -> Iterator[Document]:
    """Yield the documents of a file: one, or one for each record of .jsonl and .parquet.

    `text` and `title` name the columns of the records. Raises UserError for a file that cannot be read, a record
    without the column, and a file without text; a record whose text is empty is a Document without pages.
    """
    suffix = path.suffix.lower()
    if suffix in RECORDS:
        yield from _records(path, text, title)
        return
    readers = {".pdf": _pdf, ".html": _html, ".htm": _html, ".xhtml": _html, ".md": _markdown, ".markdown": _markdown}
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    if not data.strip():
        raise UserError(f"{path}: empty")
    yield readers.get(suffix, _plain)(path, data)


def decode(data: bytes, path: Path) -> str:
    """Decode UTF-8, UTF-16 with a byte order mark, ISO-2022-JP, Shift_JIS, EUC-JP, or what `charset-normalizer` finds.

    Japanese goes first, for the detector takes short Shift_JIS for Korean or Chinese: bytes that decode to text
    with a fair share of kana are Japanese. Raises UserError for what is not text.
    """
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return _strict(data, encoding, path)
    if b"\x1b$" in data:
        return _strict(data, "iso2022_jp_ext", path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if "\0" not in text:
            return text
    if b"\0" in data:
        raise UserError(f"{path}: not text: it has NUL bytes")
    return _japanese(data) or _detected(data, path)


def _strict(data: bytes, encoding: str, path: Path) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not readable as {encoding}: {error.reason} at byte {error.start}") from None


def _japanese(data: bytes) -> str | None:
    """Decode Shift_JIS or EUC-JP where that gives the kana of Japanese text."""
    best, most = None, 0.2
    for encoding in ("cp932", "euc_jis_2004"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = len(_BEYOND_ASCII.findall(text)) or 1
        share = (len(_KANA.findall(text)) - len(_HALF_WIDTH_KANA.findall(text))) / foreign
        if share > most:
            best, most = text, share
    return best


def _detected(data: bytes, path: Path) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data, cp_isolation=_LIKELY).best()
    if found is None:
        raise UserError(f"{path}: encoding not recognised; save it as UTF-8")
    return str(found)


def _plain(path: Path, data: bytes) -> Document:
    text = decode(data, path)
    first = text.lstrip().split("\n", 1)[0].strip()
    title = first if 0 < len(first) <= 60 and first[-1] not in ".。．,、，;；:：" else path.stem
    return Document(path.name, title, (text,))


def _markdown(path: Path, data: bytes) -> Document:
    text = decode(data, path).replace("\r\n", "\n")
    title = None
    if front := _FRONT_MATTER.match(text):
        named = re.search(r"^title:[ \t]*(.+)$", front[1], re.MULTILINE)
        title = named[1].strip().strip("\"'") if named else None
        text = text[front.end() :]
    parts = _FENCE.split(text)  # every other part is a code block
    for number in range(0, len(parts), 2):
        for pattern, replacement in _MARKUP:
            parts[number] = pattern.sub(replacement, parts[number])
    if title is None and (heading := _HEADING.search("\n".join(parts[::2]))):
        title = heading[1].strip()
    return Document(path.name, title or path.stem, ("".join(parts),))


def _html(path: Path, data: bytes) -> Document:
    """Take the main text with `trafilatura` (Barbaresi, ACL 2021), its headings, lists, tables and code as Markdown."""
    from lxml import etree, html
    from trafilatura import extract
    from trafilatura.settings import use_config

    declared = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,20})", data[:4096], re.IGNORECASE)
    try:
        source = data.decode(declared[1].decode() if declared else "utf-8")
    except (UnicodeDecodeError, LookupError):
        source = decode(data, path)
    try:
        tree = html.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", source))
    except (etree.ParserError, ValueError) as error:
        raise UserError(f"{path}: not readable as HTML: {error}") from None
    title = _html_title(tree)
    _plain_inlines(tree)
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "30")  # its 250 characters are a page in Japanese, or a short one
    text = extract(tree, output_format="markdown", include_comments=False, config=config)
    if not text or not text.strip():
        raise UserError(f"{path}: no main text found in the page")
    return Document(path.name, title or path.stem, (text,))


def _html_title(tree: Any) -> str | None:
    """Take the only first-level heading; a page with none or with several has its `<title>`."""
    headings = [" ".join(heading.text_content().split()) for heading in tree.iter("h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    named = tree.find(".//title")
    return " ".join(named.text_content().split()) or None if named is not None else None


def _plain_inlines(tree: Any) -> None:
    """Set ruby as 漢字（かんじ） and digits as x² and H₂O, and drop the marks for bold and italics."""
    from lxml import etree

    etree.strip_elements(tree, "rp", with_tail=False)
    for reading in tree.iter("rt"):
        if reading.text_content().strip():
            reading.text = f"（{reading.text_content().strip()}）"
            del reading[:]
    for name, table in (("sup", _RAISED), ("sub", _LOWERED)):
        for element in tree.iter(name):
            inner = element.text_content()
            if inner and all(ord(character) in table for character in inner):
                element.text = inner.translate(table)
                del element[:]
                element.tag = "span"
    etree.strip_tags(tree, "ruby", "rb", "rt", "b", "strong", "i", "em", "u", "span", "font")


def _pdf(path: Path, data: bytes) -> Document:
    """Take the text of each page with PDFium; lines in a larger size than the body's are headings."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        why = "encrypted: it needs a password" if "password" in str(error).lower() else f"not readable as PDF: {error}"
        raise UserError(f"{path}: {why}") from None
    try:
        pages = [_page_lines(page) for page in pdf]
        title = pdf.get_metadata_value("Title").strip()
    except pypdfium2.PdfiumError as error:
        raise UserError(f"{path}: not readable as PDF: {error}") from None
    finally:
        pdf.close()
    if not any(line.strip() for page in pages for line, _ in page):
        raise UserError(f"{path}: no text on its {len(pages)} pages: scanned images need OCR first")
    texts = tuple(_with_headings(pages))
    first = next((line.strip() for page in texts for line in page.split("\n") if line.strip()), "")
    return Document(path.name, title or (first.lstrip("# ") if len(first) <= 60 else path.stem), texts)


def _page_lines(page: "pypdfium2.PdfPage") -> list[tuple[str, float]]:
    """Give the lines of a page, each with the height of its tallest character among the first few, in points."""
    content = page.get_textpage()
    text, place, lines = content.get_text_range(), 0, []
    for line in text.split("\n"):
        height = 0.0
        if len(text) == content.count_chars():
            for index in range(place, min(place + 5, place + len(line))):
                _, bottom, _, top = content.get_charbox(index, loose=True)
                height = max(height, top - bottom)
        place += len(line) + 1
        lines.append((line.rstrip("\r"), round(height, 1)))
    content.close()
    page.close()
    return lines


def _with_headings(pages: list[list[tuple[str, float]]]) -> Iterator[str]:
    """Give each page's text, with `#` before the lines that are set larger than most of the text."""
    amount = Counter[float]()
    for page in pages:
        for line, height in page:
            amount[height] += len(line)
    body = amount.most_common(1)[0][0]
    larger = sorted({height for page in pages for _, height in page if height > body * _LARGER > 0}, reverse=True)
    level = {height: min(rank, 6) for rank, height in enumerate(larger, 1)}
    for page in pages:
        lines: list[str] = []
        previous = 0.0
        for line, height in page:
            if height not in level or not re.search(r"[^\W\d_]", line):
                lines.append(line)
            elif height == previous and len(lines[-1]) + len(line) < 150 and not line[0].isdigit():
                lines[-1] = f"{lines[-1].rstrip()} {line.strip()}\n"  # a heading of two lines
            else:
                lines.append(f"\n{'#' * level[height]} {line.strip()}\n")
            previous = height
        yield "\n".join(lines)


def _records(path: Path, text: str, title: str | None) -> Iterator[Document]:
    for number, record in enumerate(read_records(path), 1):
        value, name = record.get(text), f"{path.name}#{number}"
        if text not in record or not (value is None or isinstance(value, str)):
            raise UserError(f"{path}: record {number} has no text under {text!r}; it has {', '.join(record)}")
        named = record.get(title) if title is not None else None
        yield Document(name, str(named) if named is not None else None, (value,) if value and value.strip() else ())
