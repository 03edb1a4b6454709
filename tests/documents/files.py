"""Real PDF files, written byte by byte: no package of the project writes them."""

from collections.abc import Sequence


def pdf(pages: Sequence[Sequence[str | tuple[int, str]]], *, title: str = "", locked: bool = False) -> bytes:
    """Give a PDF of these pages of lines; a line is a text in 10 points, or (points, text)."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H /DescendantFonts [5 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /DW 1000 /FontDescriptor 6 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>",
        b"<< /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        b"/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
        f"<< /Title <FEFF{title.encode('utf-16-be').hex()}> >>".encode(),
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"11" * 32 + b"> /U <" + b"22" * 32 + b"> >>",
    ]
    kids = []
    for lines in pages:
        content = _content(lines)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        fonts = b"<< /Font << /F1 3 0 R /F2 4 0 R >> >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources %s /Contents %d 0 R >>"
            % (fonts, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return _file(objects, locked)


def _content(lines: Sequence[str | tuple[int, str]]) -> bytes:
    place, written = 800, []
    for line in lines:
        size, text = (10, line) if isinstance(line, str) else line
        font = "F1" if all(ord(character) < 256 for character in text) else "F2"
        code = text.encode("cp1252" if font == "F1" else "utf-16-be").hex()
        written.append(f"BT /{font} {size} Tf 50 {place} Td <{code}> Tj ET")
        place -= size + 6
    return "\n".join(written).encode()


def _file(objects: Sequence[bytes], locked: bool) -> bytes:
    file, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    key = b" /Encrypt 8 0 R /ID [<00112233> <00112233>]" if locked else b""
    return (
        file
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R%s >>\n" % (len(objects) + 1, key)
        + b"startxref\n%d\n%%%%EOF\n" % len(file)
    )
