"""What was just done, told on the next page, with the way back."""

from flask import flash

from todoapp.web.context import change_id


def tell(text: str, *, undo: bool = False) -> None:
    """Tell `text` on the next page; with a button that undoes all that this request did."""
    flash({"text": text, "undo": change_id() if undo else None})  # type: ignore[arg-type]
