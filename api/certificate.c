/* certificate.c: the certificate that a client showed, and who vouches for it. */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "api/certificate.h"
#include "core/secrets.h"

#define SUBJECT_MAX 1024

static X509_STORE *trusted;

bool
certificate_trust(const char *path)
{
	trusted = X509_STORE_new();
	/* Whom the operator names is trusted, also if others stand above. */
	return trusted != NULL && X509_STORE_set_flags(trusted, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
	    X509_STORE_load_file(trusted, path) == 1;
}

static bool
is_proxied(const struct request *req)
{
	return strcmp(req->address, req->service->config->trusted_proxy) == 0;
}

/* What the proxy passes on: the DER in Base64, between colons. */
static const unsigned char *
from_proxy(struct request *req, size_t *ret_length)
{
	const char *field = http_message_field(req->message, "client-cert");
	size_t length = field == NULL ? 0 : strlen(field);

	if (length < 3 || http_message_count(req->message, "client-cert") != 1 || field[0] != ':' ||
	    field[length - 1] != ':')
		return NULL;
	return (const unsigned char *)secrets_decode64(
	    req->arena, arena_copy(req->arena, field + 1, length - 2), ret_length);
}

/* A certificate of the proxy itself is none of a client. */
static const unsigned char *
certificate_of(struct request *req, size_t *ret_length)
{
	if (is_proxied(req))
		return from_proxy(req, ret_length);
	*ret_length = req->certificate_length;
	return req->certificate;
}

const char *
certificate_thumbprint(struct request *req)
{
	size_t length;
	const unsigned char *certificate = certificate_of(req, &length);

	return certificate == NULL ? NULL : secrets_digest(req->arena, certificate, length);
}

static bool
is_vouched_for(X509 *certificate)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool is_good = trusted != NULL && context != NULL &&
	    X509_STORE_CTX_init(context, trusted, certificate, NULL) == 1 &&
	    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1 &&
	    X509_verify_cert(context) == 1;

	X509_STORE_CTX_free(context);
	return is_good;
}

static bool
has_subject(X509 *certificate, const char *subject)
{
	BIO *out = BIO_new(BIO_s_mem());
	char text[SUBJECT_MAX];
	int length = -1;

	if (out != NULL &&
	    X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0)
		length = BIO_read(out, text, sizeof(text));
	BIO_free(out);
	return length > 0 && (size_t)length == strlen(subject) &&
	    memcmp(text, subject, strlen(subject)) == 0;
}

/* Wildcards in a certificate are no names of clients, and neither is what its subject says. */
static bool
has_dns(X509 *certificate, const char *dns)
{
	return X509_check_host(certificate, dns, strlen(dns),
		   X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

bool
certificate_is_of(struct request *req, const char *subject, const char *dns)
{
	size_t length;
	const unsigned char *bytes = certificate_of(req, &length);
	X509 *certificate = bytes == NULL ? NULL : d2i_X509(NULL, &bytes, (long)length);
	bool is_good = certificate != NULL && is_vouched_for(certificate) &&
	    (subject == NULL || has_subject(certificate, subject)) &&
	    (dns == NULL || has_dns(certificate, dns));

	X509_free(certificate);
	ERR_clear_error(); /* or TLS would take it for its own */
	return is_good;
}
