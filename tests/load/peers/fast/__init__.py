"""FastAPI, pydantic and SQLAlchemy's asyncio."""
