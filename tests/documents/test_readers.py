"""Each kind of file, written as it comes, and what cannot be read."""

import polars as pl
import pytest

from factory.documents.cleaning import clean
from factory.documents.readers import read_documents
from factory.errors import UserError
from tests.documents.files import pdf

PAGE = """<!DOCTYPE html><html lang="ja"><head><meta charset="{charset}"><title>雪の観測 | 青い新聞</title></head>
<body><div class="cookie-banner" id="cookie"><p>当サイトではCookieを使用しています。</p><button>同意する</button></div>
<nav><ul><li><a href="/">ホーム</a></li><li><a href="/a">一覧</a></li>
<li><a href="/c">お問い合わせ</a></li></ul></nav>
<main><article><h1>雪の観測</h1>
<p><ruby>中谷<rt>なかや</rt></ruby>は<b>札幌</b>で雪を観測した。面積はx<sup>2</sup>である。水はH<sub>2</sub>Oである。</p>
<h2>方法</h2><p>気温は零下<ruby>十五度<rp>(</rp><rt>じゅうごど</rt><rp>)</rp></ruby>であった。</p>
<ul><li>顕微鏡を用いる。</li><li>写真を撮る。</li></ul>
<h3>装置</h3><table><tr><th>名称</th><th>数</th></tr><tr><td>顕微鏡</td><td>2</td></tr></table>
<pre><code>def f():
    return 1
</code></pre></article></main>
<aside><h3>人気記事</h3><ul><li><a href="/x">猫の記事</a></li><li><a href="/y">犬の記事</a></li></ul></aside>
<footer><p>Copyright 2024 青い新聞 All rights reserved.</p>
<a href="#">プライバシーポリシー</a></footer></body></html>"""


def read(folder, name, data, **columns):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_documents(path, **columns))


def one(folder, name, data):
    (document,) = read(folder, name, data)
    return document


def text_of(document):
    return clean(document.pages).text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "shift_jis", "cp932", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize(
    "text",
    [
        "吾輩は猫である。名前はまだ無い。",
        "東京タワーの高さは333メートルである。",
        "コンピュータ",
        "The word for cat is ねこ in Japanese, and that for dog is いぬ.",
    ],
)
def test_japanese_is_read_in_each_of_its_encodings(tmp_path, encoding, text):
    assert one(tmp_path, "a.txt", text.encode(encoding)).pages == (text,)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Die Größe der Straße beträgt über fünf Meter. Öl läuft aus."),
        ("cp949", "국회는 국가의 최고 기관이다. 서울의 인구는 많다."),
        ("gb18030", "国家的一切权力属于人民。中华人民共和国成立于一九四九年。"),
    ],
)
def test_other_encodings_are_detected(tmp_path, encoding, text):
    assert one(tmp_path, "a.txt", text.encode(encoding)).pages == (text,)


def test_the_title_of_a_text_is_its_first_line_when_that_is_one(tmp_path):
    assert one(tmp_path, "law.txt", "日本国憲法\n\n国会は、唯一の立法機関である。").title == "日本国憲法"
    assert one(tmp_path, "law.txt", "国会は、唯一の立法機関である。").title == "law"


def test_markdown_loses_its_marks_and_keeps_its_headings_and_code(tmp_path):
    document = one(
        tmp_path,
        "guide.md",
        "---\ntitle: A guide\n---\nIntro\n=====\n\nSee [the **page**](https://x.example/a) ![a cat](c.png).\n\n"
        "Use it\n---\n<!-- hidden -->\n## Why ##\n\n```md\n[a](b) **kept**\n```\n[ref]: https://x.example\n",
    )
    assert document.title == "A guide"
    assert text_of(document) == ("# Intro\n\nSee the page a cat.\n\n## Use it\n\n## Why\n\n```md\n[a](b) **kept**\n```")


def test_markdown_without_front_matter_is_titled_by_its_first_heading_outside_code(tmp_path):
    assert one(tmp_path, "a.md", "```\n# no\n```\n\n# Yes\n\nText.").title == "Yes"
    assert one(tmp_path, "a.md", "Only text.").title == "a"


@pytest.mark.parametrize("charset", ["utf-8", "shift_jis", "euc-jp"])
def test_a_page_gives_its_main_text_and_neither_menus_nor_cookie_boxes(tmp_path, charset):
    document = one(tmp_path, "snow.html", PAGE.format(charset=charset).encode(charset))
    assert document.title == "雪の観測"
    text = text_of(document)
    for line in ("# 雪の観測", "## 方法", "### 装置", "- 顕微鏡を用いる。", "| 顕微鏡 | 2 |", "    return 1"):
        assert line in text.split("\n")
    assert "中谷（なかや）は札幌で雪を観測した。面積はx²である。水はH₂Oである。" in text
    assert "零下十五度（じゅうごど）であった" in text
    for boilerplate in ("Cookie", "ホーム", "人気記事", "猫の記事", "Copyright", "プライバシー"):
        assert boilerplate not in text


def test_a_page_with_several_first_level_headings_is_titled_by_its_title(tmp_path):
    body = "<p>This page tells at some length about two things that have nothing to do with each other.</p>"
    page = f"<html><head><title>Both</title></head><body><h1>One</h1>{body}<h1>Two</h1>{body}</body></html>"
    assert one(tmp_path, "a.html", page).title == "Both"


def test_a_pdf_gives_its_pages_with_larger_lines_as_headings(tmp_path):
    body = ["The survey of the river took three years and", "two teams. It ended in 1969."]
    document = one(
        tmp_path,
        "river.pdf",
        pdf([[(18, "River Survey"), *body, (14, "Method"), *body], [(14, "Results and"), (14, "discussion"), *body]]),
    )
    assert document.title == "River Survey"
    assert len(document.pages) == 2
    lines = text_of(document).split("\n")
    assert [line for line in lines if line.startswith("#")] == [
        "# River Survey",
        "## Method",
        "## Results and discussion",
    ]


def test_a_japanese_pdf_is_read_and_its_lines_join_without_a_space(tmp_path):
    lines = [
        "国会は、国権の最高機関であって、国の唯一の立法機関で",
        "ある。国会は、衆議院及び参議院の両議院でこれを構成し",
        "ている。両議院は、全国民を代表する選挙された議員でこ",
        "れを組織する。",
    ]
    document = one(tmp_path, "law.pdf", pdf([lines], title="憲法"))
    assert document.title == "憲法"
    assert text_of(document) == "".join(lines)


def test_records_are_documents_with_their_place_and_title(tmp_path):
    records = b'{"body": "One.", "name": "First"}\n{"body": "", "name": null}\n{"body": null}\n'
    documents = read(tmp_path, "a.jsonl", records, text="body", title="name")
    assert [(d.name, d.title, d.pages) for d in documents] == [
        ("a.jsonl#1", "First", ("One.",)),
        ("a.jsonl#2", None, ()),
        ("a.jsonl#3", None, ()),
    ]
    pl.DataFrame({"text": ["一。", "二。"]}).write_parquet(tmp_path / "b.parquet")
    assert [d.pages for d in read_documents(tmp_path / "b.parquet")] == [("一。",), ("二。",)]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", b"", "empty"),
        ("a.md", b" \n\t\n", "empty"),
        ("a.pdf", b"", "empty"),
        ("a.txt", b"\x00\x01\x02\xff\xfe\x00binary", "NUL bytes"),
        ("a.txt", b"\xff\xfea", "not readable as utf-16"),
        ("a.txt", b"\xef\xbb\xbf\xe3\x81", "not readable as utf-8"),
        ("a.pdf", b"%PDF-1.4 broken", "not readable as PDF"),
        ("a.pdf", b"hello", "not readable as PDF"),
        ("a.pdf", pdf([["secret"]], locked=True), "password"),
        ("a.pdf", pdf([[], []]), "no text on its 2 pages: scanned"),
        ("a.html", b"<html><body></body></html>", "no main text"),
        ("a.html", b"<!-- nothing -->", "HTML"),
        ("a.jsonl", b'{"content": "x"}\n', "record 1 has no text under 'text'; it has content"),
        ("a.jsonl", b'{"text": 5}\n', "record 1 has no text"),
        ("a.jsonl", b"[1]\n", "expected a JSON object"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line_with_the_file(tmp_path, name, data, why):
    with pytest.raises(UserError) as told:
        read(tmp_path, name, data)
    assert str(tmp_path / name) in str(told.value)
    assert why in str(told.value)
    assert "\n" not in str(told.value)
