"""Routing's migrations: `alembic -n routing upgrade head`."""

from kit import migrate
from services.routing import feed_tables, model_tables, tables  # noqa: F401  # its tables are in the same metadata

migrate.run_env(tables.Base.metadata)
