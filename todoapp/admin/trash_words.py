"""What was done in the trash, in words."""

from todoapp.services.trash_lines import Picked
from todoapp.services.trash_picks import Done


def restored(picked: Picked, done: Done) -> str:
    """Return what came back."""
    if not done.lists and not done.todos:
        return "Nothing came back: nothing was selected, or it was no longer in the trash."
    if len(picked.todo_ids) == 1 and not done.lists:
        below = done.todos - 1
        return f"Restored with {_many(below, 'subtask')}." if below else "Restored."
    lists = _lists(done.lists, ", with its todos", ", with their todos")
    return _told(lists, _many(done.todos, "todo"), done, "back")


def purged(done: Done) -> str:
    """Return what is gone."""
    if not done.lists and not done.todos:
        return "Nothing is deleted: nothing was selected, or it was no longer in the trash."
    return _told(_lists(done.lists), _many(done.todos, "todo"), done, "gone for good")


def _told(lists: str, todos: str, done: Done, how: str) -> str:
    parts = [part for part, count in ((lists, done.lists), (todos, done.todos)) if count]
    are = "is" if done.lists + done.todos == 1 else "are"
    rest = " There is more: that was as much as goes at once." if done.is_part else ""
    both = ", and " if "," in lists else " and "
    return f"{both.join(parts)} {are} {how}.{rest}"


def _lists(count: int, one: str = "", several: str = "") -> str:
    return _many(count, "list") + (one if count == 1 else several)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
