"""The application."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import APIKeyHeader
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from tests.load.peers import tables
from tests.load.peers.fast.schemas import Page, TodoIn, TodoOut

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_url = make_url(tables.DATABASE_URL)
# One connection for each client of the bench: with the usual five, those beyond would be opened
# and closed for each request.
engine = create_async_engine(_url.set(drivername=_DRIVERS[_url.drivername]), pool_size=16)
tables.set_pragmas(engine.sync_engine)
# What SQLAlchemy's documents say of asyncio: nothing is loaded anew after a commit.
new_session = async_sessionmaker(engine, expire_on_commit=False)

app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
Key = Annotated[str, Depends(APIKeyHeader(name="X-API-Key"))]


async def get_user(session: Session, key: Key) -> tables.User:
    found = await session.scalar(tables.key_of(key))
    if found is None or not found.opens_with(key, datetime.now(UTC)):
        raise HTTPException(401, "The API key is not valid.")
    return found.user


User = Annotated[tables.User, Depends(get_user)]


@app.get("/todos/{todo_id}", response_model=TodoOut)
async def read_todo(todo_id: int, session: Session, user: User) -> Any:
    todo = await session.scalar(tables.todos_of(user).where(tables.Todo.id == todo_id))
    if todo is None:
        raise HTTPException(404, "No such todo.")
    return todo


@app.get("/todos", response_model=Page)
async def list_todos(session: Session, user: User) -> Any:
    found = (await session.scalars(tables.newest(user))).all()
    return {"todos": found[: tables.PAGE_SIZE], "next_cursor": tables.cursor_after(found)}


@app.post("/todos", response_model=TodoOut, status_code=201)
async def create_todo(body: TodoIn, session: Session, user: User) -> Any:
    list_id = (await session.scalars(tables.inbox_of(user))).one()
    last = await session.scalar(tables.last_position(list_id))
    todo = tables.new_todo(user, list_id, last, body.model_dump())
    session.add(todo)
    await session.commit()
    return todo
