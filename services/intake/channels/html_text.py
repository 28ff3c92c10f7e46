"""The words of an HTML mail, line by line as a reader sees them.
Its law: the result is text only; nothing of the markup, no script and no style, survives.
"""

import re

from selectolax.lexbor import LexborHTMLParser

_LONGEST = 1_000_000
_BREAKS = "p, div, tr, li, h1, h2, h3, h4, h5, h6, table, ul, ol, hr"
_QUOTES = "blockquote, div.gmail_quote, div.gmail_quote_container, div#divRplyFwdMsg"


def html_text(html: str) -> str:
    """The visible text: blocks on lines of their own, spaces collapsed, quoted mail left out
    when the mail marks it and something else remains.
    """
    return _text(html, without=_QUOTES) or _text(html, without="")


def _text(html: str, *, without: str) -> str:
    tree = LexborHTMLParser(re.sub(r"\s+", " ", html[:_LONGEST]))
    for node in tree.css("script, style, head, title, template" + (without and ", " + without)):
        node.decompose()
    body = tree.body
    if body is None:
        return ""
    for node in body.css(_BREAKS):
        node.insert_before("\n")
        node.insert_after("\n")
    for node in body.css("br"):
        node.insert_before("\n")
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in body.text().split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
