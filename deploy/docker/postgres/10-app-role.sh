#!/bin/bash
# The services log in as madoguchi_app: neither owner nor superuser, so that row level security binds it.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set password="$(cat /run/secrets/MADOGUCHI_APP_PASSWORD)" <<'SQL'
CREATE ROLE madoguchi_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
SQL
