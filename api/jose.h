/* jose.h: what a client has signed (RFC 7515), and whether it has; by Rhonabwy. */
#ifndef API_JOSE_H
#define API_JOSE_H

#include <jansson.h>
#include <stdbool.h>

#include "core/arena.h"

/* How clients may sign: X(algorithm, kind of key, its curve or NULL). */
#define JOSE_ALGORITHMS(X)        \
	X("PS256", "RSA", NULL)   \
	X("ES256", "EC", "P-256") \
	X("EdDSA", "OKP", "Ed25519")

/* A signed text that nobody has verified yet. */
struct jose {
	const char *token;
	const char *algorithm; /* one of the above */
	const char *key_type;  /* that goes with it */
	const char *curve;     /* or NULL */
	const char *kid;       /* or NULL */
	const char *type;      /* "typ", or NULL */
	json_t *header;
	json_t *claims;
};

/*
 * Takes apart what came in the compact form. NULL if it is not, or signed in no way that we take,
 * or has extensions that we would have to understand ("crit"). What the header says about where a
 * key is to be had is never followed.
 */
struct jose *jose_open(struct arena *arena, const char *token);

/*
 * True if the public key (a JWK as JSON) has signed it and is of the kind that its algorithm wants.
 */
bool jose_is_signed_by(const struct jose *jose, const char *jwk);

/* The thumbprint of a public key (RFC 7638). NULL if it is none that we take, or a private one. */
const char *jose_thumbprint(struct arena *arena, const struct jose *jose, const json_t *jwk);

#endif
