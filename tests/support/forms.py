"""What a browser would send of a form as it stands in a page."""

from html.parser import HTMLParser
from typing import Any


def _is_sent(given: dict[str, Any]) -> bool:
    return given.get("type") not in ("radio", "checkbox") or "checked" in given


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.buttons: list[set[str]] = []
        self._select = self._area = ""
        self._is_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append({})
            self.buttons.append(set())
        elif not self.forms:
            return
        elif tag == "input" and name and _is_sent(given):
            self.forms[-1][name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.forms[-1][self._select] = value
        elif tag == "textarea":
            self._area = name
            self.forms[-1][name] = ""
        elif tag == "button":
            self._is_button = True

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area] += data
        elif self._is_button and self.buttons:
            self.buttons[-1].add(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            area, self._area = self._area, ""
            self.forms[-1][area] = self.forms[-1][area].removeprefix("\r\n").removeprefix("\n")
        elif tag == "select":
            self._select = ""
        elif tag == "button":
            self._is_button = False


def fields(html: str, button: str) -> dict[str, str]:
    """Return what the form with a button of this text sends."""
    reader = _Forms()
    reader.feed(html)
    found = [
        form for form, said in zip(reader.forms, reader.buttons, strict=True) if button in said
    ]
    assert len(found) == 1, reader.buttons
    return found[0]
