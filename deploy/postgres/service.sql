-- One service's role and database, of the same name. Nobody else may enter, not even to look.
-- psql variables: service, word.
SET password_encryption = 'scram-sha-256';
-- A statement that fails is not written to the server's log with the password in it.
SET log_min_error_statement = 'panic';
CREATE ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'word';
CREATE DATABASE :"service" OWNER :"service" TEMPLATE template0;
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
-- The maintenance databases are nobody's room either.
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;
