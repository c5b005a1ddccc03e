/* tls.c: TLS with the operator's certificate. */
#include <stdint.h>

#include "api/tls.h"

SSL_CTX *
tls_open(const char *certificate, const char *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1) {
		SSL_CTX_free(context);
		return NULL;
	}
	SSL_CTX_set_options(context,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(
	    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return context;
}

/* With nobody to vouch, all would be refused here. */
static int
let_pass(int is_good, X509_STORE_CTX *context)
{
	(void)is_good;
	(void)context;
	return 1;
}

/* Kore drops whoever has none as long as it seems to be asked for. */
static void
ask_no_more(const SSL *ssl, int where, int unused)
{
	(void)unused;
	if (where & SSL_CB_HANDSHAKE_DONE)
		SSL_set_verify((SSL *)(uintptr_t)ssl, SSL_VERIFY_NONE, NULL);
}

void
tls_ask_clients(SSL_CTX *context)
{
	static const unsigned char name[] = "runde";

	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, let_pass);
	SSL_CTX_set_info_callback(context, ask_no_more);
	SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1);
}
