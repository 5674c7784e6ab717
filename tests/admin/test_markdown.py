"""Descriptions as HTML: what people write works, what harms does not get through."""

import re
import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from todoapp.admin.markdown import markdown
from todoapp.limits import DESCRIPTION_MAX

LINK = 'rel="nofollow noopener noreferrer"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain & <simple>", "<p>plain &amp; &lt;simple&gt;</p>"),
        ("**bold** *slanted* ~~gone~~ `a < b`", None),
        ("# One\n\n## Two\n\n###### Six", "<h3>One</h3>\n<h4>Two</h4>\n<h5>Six</h5>"),
        ("### Three\n\nOne\n===", "<h3>Three</h3>\n<h3>One</h3>"),
        ("a\\\nb", "<p>a<br>\nb</p>"),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("> said\n\n---", "<blockquote>\n<p>said</p>\n</blockquote>\n<hr>"),
        ("```sh\nls <x>\n```", "<pre><code>ls &lt;x&gt;\n</code></pre>"),
        (
            "[a](https://e.com/?x=1&y=2)",
            f'<p><a href="https://e.com/?x=1&amp;y=2" {LINK}>a</a></p>',
        ),
        ("<https://e.com>", f'<p><a href="https://e.com" {LINK}>https://e.com</a></p>'),
        ("see e.com.", f'<p>see <a href="http://e.com" {LINK}>e.com</a>.</p>'),
        ("ann@e.com", f'<p><a href="mailto:ann@e.com" {LINK}>ann@e.com</a></p>'),
        ("`e.com`", "<p><code>e.com</code></p>"),
        ("[](https://e.com)", f'<p><a href="https://e.com" {LINK}>https://e.com</a></p>'),
        (
            "![a *cat*](https://e.com/c.png)",
            f'<p><a href="https://e.com/c.png" {LINK}>a cat</a></p>',
        ),
        (
            "[![cat](https://i.com)](https://e.com)",
            f'<p><a href="https://e.com" {LINK}>cat</a></p>',
        ),
        (
            "[<http://a.com>](https://e.com)",
            f'<p><a href="https://e.com" {LINK}>http://a.com</a></p>',
        ),
        ("![](https://e.com)", f'<p><a href="https://e.com" {LINK}>https://e.com</a></p>'),
    ],
)
def test_what_people_write_is_shown(text: str, html: str | None) -> None:
    if html is None:
        html = "<p><strong>bold</strong> <em>slanted</em> <s>gone</s> <code>a &lt; b</code></p>"
    assert markdown(text).strip() == html


def test_a_table() -> None:
    html = markdown("|a|b|\n|:-|-:|\n|1|2|")
    assert re.findall(r"<t[hd]>(.)</t[hd]>", html) == ["a", "b", "1", "2"]
    assert "style" not in html


def test_tasks_are_shown_and_cannot_be_ticked() -> None:
    html = markdown(
        "- [ ] buy *milk*\n- [x] e.com\n- \\[ ] text\n- [ ](http://e.com)\n\n1. [X] one"
    )
    box = '<li class="task"><label><input type="checkbox" disabled=""'
    assert f"{box}> buy <em>milk</em></label></li>" in html
    assert f'{box} checked=""> <a href="http://e.com" {LINK}>e.com</a></label></li>' in html
    assert f'{box} checked=""> one</label></li>' in html
    assert "<li>[ ] text</li>" in html
    assert html.count("<input") == 3


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "<form action=//e.com><button>x",
    "<input autofocus onfocus=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "</p><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](vbscript:x) [x](file:///etc/passwd) [x](data:text/html,<script>alert(1)</script>)",
    "[x](http://javascript:alert(1))",
    "[x](//e.com) [x](/admin/logout) [x](?a) [x](#main) [x](http:admin)",
    "[x]: javascript:alert(1)\n\n[x] ![x]",
    "<javascript:alert(1)>",
    "<data:text/html;base64,PHNjcmlwdD4=>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    '!["onerror=alert(1) x="](http://e.com/"onerror=alert(1))',
    "![<img src=x onerror=alert(1)>](http://e.com)",
    "[x](http://e.com 'a\" onmouseover=\"alert(1)')",
    '[x](http://e.com" onmouseover="alert(1))',
    'http://e.com/"onmouseover=alert(1)',
    "http://e.com/<script>alert(1)</script>",
    '<http://e.com/"onmouseover="alert(1)>',
    "`<script>alert(1)</script>`",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    '```" onload="alert(1)\nx\n```',
    "    <script>alert(1)</script>",
    "- [ ] <input onfocus=alert(1) autofocus>",
    "- [ ] </label><script>alert(1)</script>",
    "|<script>alert(1)</script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\\<script>alert(1)</script>",
    "**<b onclick=alert(1)>x</b>**",
    "a\0b<script\0>alert(1)</script>",
    "\u202e<script>alert(1)</script>",
    "mailto:a@b.co?body=<script>alert(1)</script>",
]


class Reader(HTMLParser):
    """Reads HTML as browsers do and refuses what nobody may write."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        assert re.fullmatch(
            "a|blockquote|br|code|em|h[3-6]|hr|input|label|li|ol|p|pre|s|strong|ul|"
            "table|tbody|td|th|thead|tr",
            tag,
        )
        allowed = {"a": {"href", "rel"}, "input": {"type", "disabled", "checked"}}
        given = dict(attrs)
        assert set(given) <= allowed.get(tag, {"class", "start"})
        if tag == "a":
            assert given["rel"] == "nofollow noopener noreferrer"
            assert re.match(r"https?://|mailto:", given.get("href", "http://"))
        if tag == "input":
            assert given["type"] == "checkbox"
            assert "disabled" in given

    handle_startendtag = handle_starttag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    handle_decl = unknown_decl = handle_pi = handle_comment


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "# {}", "*a {}*", "[{}](http://e.com)"])
def test_what_harms_is_text(text: str, around: str) -> None:
    html = markdown(around.format(text))
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not re.search(r"<(script|img|svg|style|iframe)", html)


PIECES = [
    *("[", "[](", "![", "[a](", "[a][b", "[[a]]", "]", "> ", "- ", ">- ", "1. ", "# ", "- [ ] x\n"),
    *("*", "**a", "*a _b ", "a**b", "_*_", "~~a", "`", "` `` ", "\\", "&amp;", "<", "<a ", "<!--"),
    *("|", "|a", "a|b\n-|-\n", "[a]: b\n", "\n", "a\n", "=\n", "```\n", "    a\n", '[a](b "', '"'),
    *(
        "a@",
        "a.",
        "www.",
        "http://",
        "http://a/(",
        "http://a.co/(((",
        "a.co ",
        "ftp://a.b ",
        "(" * 9,
    ),
    *("a.co *b* ", "![x](http://y) ", "<http://a>", "mailto:"),
]


def steps(text: str) -> int:
    """Return how many calls it takes, which is the same on every machine."""
    count = 0

    def note(*_args: Any) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        markdown(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_four_times_the_steps(piece: str) -> None:
    short, long = ((piece * size)[:size] for size in (DESCRIPTION_MAX // 16, DESCRIPTION_MAX // 4))
    steps(short)  # what is made once is made before it is counted
    assert steps(long) < 6 * steps(short) + 10_000
