"""Publish's migrations: `alembic -n publish upgrade head`."""

from kit import migrate
from services.publish import tables
from services.publish.query import search

migrate.run_env(tables.Base.metadata, ignore=[search.TABLE])
