#!/bin/sh
# Run by PostgreSQL's image once, on an empty data folder: a role and its databases for each of the two that use it.
set -eu

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
  --set orderloom_password="$ORDERLOOM_DB_PASSWORD" --set temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role orderloom login password :'orderloom_password';
create database orderloom owner orderloom;
create role temporal login password :'temporal_password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
SQL
