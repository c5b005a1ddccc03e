/* jose.h: what a client has signed (RFC 7515), and whether it has; by OpenSSL. */
#ifndef API_JOSE_H
#define API_JOSE_H

#include <jansson.h>
#include <stdbool.h>

#include "core/arena.h"

/* How clients may sign, as JSON: Ed25519 is what RFC 9864 calls EdDSA with its only curve here. */
#define JOSE_ALGORITHMS "[\"PS256\",\"ES256\",\"EdDSA\",\"Ed25519\"]"

struct jose_algorithm;

/* A signed text that nobody has verified yet. */
struct jose {
	struct arena *arena;
	const char *token;
	const struct jose_algorithm *algorithm;
	const char *name;     /* of the algorithm, as in a key */
	const char *key_type; /* that goes with it */
	const char *kid;      /* or NULL */
	const char *type;     /* "typ", or NULL */
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
 * True if this public key (a JWK) has signed it, and is one of the kind that its algorithm wants:
 * none that is private, weak, or dear to verify with.
 */
bool jose_is_signed_by(const struct jose *jose, const json_t *jwk);

/* The thumbprint (RFC 7638) of a key that has signed it. */
const char *jose_thumbprint(const struct jose *jose, const json_t *jwk);

#endif
