"""What people look for in the trash."""

from todoapp.schemas.query import PageQuery
from todoapp.schemas.search import Search


class TrashQuery(PageQuery):
    """Which things that are in the trash."""

    q = Search()
