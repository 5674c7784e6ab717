"""The same todos served by others, as their documents say: see docs/performance.md.

Nothing here knows the service, nor is it imported by it: it runs in `.venv-peers`, each peer in a
process of its own, on a copy of the same tables.
"""
