-- The four roles, the database, and what only a superuser may do in it. Run once by a superuser with psql 15 or newer;
-- running it again changes nothing. The embedded server and docker-compose.yml run this very file.
--
--   psql -v ON_ERROR_STOP=1 -f machine/database.sql postgres
--
-- Passwords come from the environment of psql: BILAG_OWNER_PASSWORD, BILAG_APP_PASSWORD, BILAG_BACKUP_PASSWORD.
-- Variables: database (bilag when not given); test_server, if set, lets the owner create databases.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
\if :{?database}
\else
  \set database bilag
\endif
\getenv owner_password BILAG_OWNER_PASSWORD
\getenv app_password BILAG_APP_PASSWORD
\getenv backup_password BILAG_BACKUP_PASSWORD

-- bilag_owner migrates. bilag_app serves: it owns nothing and row security binds it. bilag_backup reads everything.
-- bilag_definer owns the few functions that look across organizations; nobody logs in as it.
SELECT format('CREATE ROLE %I %s', role.name, role.attributes)
  FROM (VALUES ('bilag_owner', 'LOGIN'),
               ('bilag_app', 'LOGIN'),
               ('bilag_backup', 'LOGIN BYPASSRLS'),
               ('bilag_definer', 'NOLOGIN')) AS role (name, attributes)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role.name)
\gexec

\if :{?owner_password}
  ALTER ROLE bilag_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
  ALTER ROLE bilag_app PASSWORD :'app_password';
\endif
\if :{?backup_password}
  ALTER ROLE bilag_backup PASSWORD :'backup_password';
\endif
\if :{?test_server}
  ALTER ROLE bilag_owner CREATEDB;
\endif

GRANT pg_read_all_data TO bilag_backup;
ALTER ROLE bilag_backup SET default_transaction_read_only = on;

-- The owner may hand functions to bilag_definer but does not read with its rights. PostgreSQL 15 knows this of the whole role only.
SELECT CASE
         WHEN current_setting('server_version_num')::int >= 160000
         THEN 'GRANT bilag_definer TO bilag_owner WITH INHERIT FALSE, SET TRUE'
         ELSE 'ALTER ROLE bilag_owner NOINHERIT; GRANT bilag_definer TO bilag_owner'
       END
\gexec

SELECT format('CREATE DATABASE %I OWNER bilag_owner TEMPLATE template0 ENCODING ''UTF8''', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'database')
\gexec
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO bilag_owner, bilag_app;
GRANT CONNECT ON DATABASE :"database" TO bilag_backup;

\connect :"database"
SET client_min_messages = warning;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS btree_gist;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bilag_app, bilag_backup;
-- A function's owner needs CREATE on the schema at the moment when the function becomes its own.
GRANT USAGE, CREATE ON SCHEMA public TO bilag_owner, bilag_definer;

-- No TRUNCATE, REFERENCES or TRIGGER for the application, on any table that a migration makes.
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bilag_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO bilag_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public GRANT SELECT ON TABLES TO bilag_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO bilag_backup;
