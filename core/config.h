/* config.h: every setting, from the environment; `runde settings` prints them. */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stddef.h>

/* name in struct config, environment variable, default, what it is */
#define CONFIG_TEXTS(X)                                                                          \
	X(database, "RUNDE_DATABASE", "dbname=runde",                                            \
	    "where PostgreSQL is (libpq connection string)")                                     \
	X(key_file, "RUNDE_KEY_FILE", ".runde/secret.key", "the file with the master key")       \
	X(listen, "RUNDE_LISTEN", "127.0.0.1", "the address to listen on")                       \
	X(base_url, "RUNDE_BASE_URL", "http://localhost:8080",                                   \
	    "how the outside reaches /v1, without it")                                           \
	X(home, "RUNDE_HOME", ".runde", "where we may write")                                    \
	X(maildir, "RUNDE_MAILDIR", "", "where mails are put; empty: mail in RUNDE_HOME")        \
	X(mail_from, "RUNDE_MAIL_FROM", "Runde <noreply@localhost>", "whom mails are from")      \
	X(mail_bounce, "RUNDE_MAIL_BOUNCE", "",                                                  \
	    "where they come back to, with {token} in it; empty: whom they are from")            \
	X(smtp_url, "RUNDE_SMTP_URL", "",                                                        \
	    "smtp://HOST:PORT, smtps://HOST:PORT or smtp+unix:PATH; empty: into RUNDE_MAILDIR")  \
	X(smtp_user, "RUNDE_SMTP_USER", "", "who we are there; empty: nobody asks")              \
	X(smtp_password_file, "RUNDE_SMTP_PASSWORD_FILE", "", "the file with the password")      \
	X(smtp_ca_file, "RUNDE_SMTP_CA_FILE", "",                                                \
	    "PEM of those who may vouch for the mail server; empty: those of the system")        \
	X(outside_ca_file, "RUNDE_OUTSIDE_CA_FILE", "",                                          \
	    "PEM of those who may vouch for whom we call; empty: those of the system")           \
	X(outside_allow, "RUNDE_OUTSIDE_ALLOW", "",                                              \
	    "networks inside that may be called, by any port, without TLS: 10.0.0.0/8")          \
	X(user, "RUNDE_USER", "", "whom to become when started as root; empty: nobody else")     \
	X(tls_certificate, "RUNDE_TLS_CERTIFICATE", "",                                          \
	    "PEM chain; empty: no TLS, a proxy does it")                                         \
	X(tls_key, "RUNDE_TLS_KEY", "", "PEM key of the certificate")                            \
	X(client_ca, "RUNDE_CLIENT_CA", "",                                                      \
	    "PEM of those who may vouch for certificates of clients; empty: nobody")             \
	X(trusted_proxy, "RUNDE_TRUSTED_PROXY", "", "whose X-Forwarded-For, Client-Cert counts") \
	X(clock_file, "RUNDE_CLOCK_FILE", "", "for tests: moves the clock")

/* name in struct config, environment variable, default, least, greatest, what it is */
#define CONFIG_NUMBERS(X)                                                                         \
	X(port, "PORT", 8080, 1, 65535, "the port to listen on")                                  \
	X(workers, "RUNDE_WORKERS", 2, 1, 64, "processes that serve requests")                    \
	X(connections, "RUNDE_CONNECTIONS", 4096, 16, 60000, "open connections in one worker")    \
	X(connections_per_address, "RUNDE_CONNECTIONS_PER_ADDRESS", 256, 0, 60000,                \
	    "the same from one address; 0: no limit")                                             \
	X(requests_per_minute, "RUNDE_REQUESTS_PER_MINUTE", 600, 0, 100000000,                    \
	    "of one client or address; 0: no limit")                                              \
	X(client_certificates, "RUNDE_CLIENT_CERTIFICATES", 0, 0, 1,                              \
	    "1: TLS of our own asks clients for certificates; browsers may ask people then")      \
	X(proof_bits, "RUNDE_PROOF_BITS", 18, 0, 32,                                              \
	    "how hard a registration without an address is: zero bits of a hash")                 \
	X(free_mails, "RUNDE_FREE_MAILS", 20, 0, 1000000,                                         \
	    "addresses that one network address may have mailed in an hour without work")         \
	X(smtp_connections, "RUNDE_SMTP_CONNECTIONS", 4, 1, 32,                                   \
	    "connections of one worker to the mail server")                                       \
	X(mail_pace, "RUNDE_MAIL_PACE", 100, 0, 1000000,                                          \
	    "mails that one worker sends to one domain in a second; 0: no limit")                 \
	X(db_readers, "RUNDE_DB_READERS", 2, 1, 32, "connections for look-ups in one worker")     \
	X(db_searchers, "RUNDE_DB_SEARCHERS", 2, 1, 32, "connections for searches in one worker") \
	X(db_writers, "RUNDE_DB_WRITERS", 4, 1, 64, "connections for writes in one worker")       \
	X(db_queue, "RUNDE_DB_QUEUE", 1000, 1, 100000, "questions waiting for a connection")      \
	X(idle_seconds, "RUNDE_IDLE_SECONDS", 60, 1, 3600, "how long a connection may be silent") \
	X(head_seconds, "RUNDE_HEAD_SECONDS", 10, 1, 600, "how long a request head may take")     \
	X(body_seconds, "RUNDE_BODY_SECONDS", 30, 1, 600, "how long a request body may take")

struct config {
#define X(name, variable, value, help) const char *name;
	CONFIG_TEXTS(X)
#undef X
#define X(name, variable, value, least, greatest, help) size_t name;
	CONFIG_NUMBERS(X)
#undef X
};

/* Reads the environment. NULL on success, else a sentence that names the variable at fault. */
const char *config_read(struct config *config);

/* Prints every setting with its default and meaning to standard output. */
void config_explain(void);

#endif
