/* tls.h: TLS with the operator's certificate. */
#ifndef API_TLS_H
#define API_TLS_H

#include <openssl/ssl.h>

/*
 * TLS 1.2 and 1.3 with a PEM chain and its PEM key. NULL if they cannot be read or do not belong
 * together. Kore's own way, with the key in a process apart, does not sign under OpenSSL 3.
 */
SSL_CTX *tls_open(const char *certificate, const char *key);

/*
 * Asks clients for certificates of theirs, without needing one: whether one is good for anything is
 * found out when somebody says that it is.
 */
void tls_ask_clients(SSL_CTX *context);

#endif
