/* client_proof.h: how a client proves at the token endpoint who it is (RFC 6749, section 2.3). */
#ifndef API_CLIENT_PROOF_H
#define API_CLIENT_PROOF_H

#include "api/request.h"

/* The methods, in the words of RFC 8414. */
#define CLIENT_PROOFS                                                      \
	"\"client_secret_basic\",\"private_key_jwt\",\"tls_client_auth\"," \
	"\"self_signed_tls_client_auth\""

/* Where clients ask for tokens; assertions may be meant for it, and proofs are. */
#define TOKEN_PATH "/oauth2/token"

/*
 * Finds out which client asks, and binds for statements its client_id, the key_hash or credential
 * that it has proved to have, and x5t: the thumbprint of its certificate, or NULL. A problem if it
 * has not, or tries more than one way.
 */
enum problem client_prove(struct request *request);

#endif
