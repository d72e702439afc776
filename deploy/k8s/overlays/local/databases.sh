#!/bin/sh
# One role and one database per service: no service's password opens another service's database. PostgreSQL's image
# sources this file once: the parentheses keep `set -eu` from the rest of the image's own script.
(
  set -eu
  for service in intake routing publish; do
    password=$(printenv "$(echo "$service" | tr a-z A-Z)_DATABASE_PASSWORD")
    psql -v ON_ERROR_STOP=1 -v name="$service" -v password="$password" --username postgres --no-password <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
  done
)
