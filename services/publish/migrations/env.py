"""Publish's migrations: `alembic -n publish upgrade head`."""

from kit import migrate
from services.publish import log_tables, search, tables  # noqa: F401  # the log's tables are in the same metadata

migrate.run_env(tables.Base.metadata, ignore=[search.TABLE])
