"""What was just done, told on the next page, with the way back."""

from flask import flash

from todoapp.web.context import change_id

_TITLE_MAX = 60


def tell(text: str, *, undo: bool = False) -> None:
    """Tell `text` on the next page; with a button that undoes all that this request did."""
    flash({"text": text, "undo": change_id() if undo else None})  # type: ignore[arg-type]


def done(text: str) -> None:
    """Tell `text` with the way back; nothing, if the request has changed nothing."""
    if change_id() is not None:
        tell(text, undo=True)


def quoted(title: str) -> str:
    """Return a title as notices have it: shortened, for a cookie keeps them."""
    return f"“{title if len(title) <= _TITLE_MAX else title[:_TITLE_MAX] + '…'}”"
