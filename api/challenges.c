/* challenges.c: proofs of work; a challenge carries all that is needed to check it. */
#include <string.h>

#include "api/challenges.h"
#include "api/handlers.h"
#include "core/secrets.h"

#define LIFETIME  (10 * INT64_C(60000000)) /* microseconds */
#define MAC_SIZE  16
#define ASKERS    4096
#define HOUR_MS   UINT64_C(3600000)
#define FREE_WORK 8 /* challenges an hour from one address before they become harder */
#define HARDER    8 /* bits at most */

struct challenge {
	int64_t ends;
	uint64_t random;
	uint64_t bits;
	unsigned char mac[MAC_SIZE];
};

/* What an address has asked for in this hour; those that share a place share the count. */
struct asker {
	uint64_t since;
	unsigned challenges;
	unsigned mails;
};

static struct asker askers[ASKERS];

static struct asker *
asker_of(const struct request *req)
{
	struct asker *asker = &askers[req->caller.account % ASKERS];

	if (asker->since == 0 || asker->since + HOUR_MS < clock_monotonic())
		*asker = (struct asker){ .since = clock_monotonic() };
	return asker;
}

static void
authenticate(const struct challenge *challenge, unsigned char mac[static MAC_SIZE])
{
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_CHALLENGE, challenge, offsetof(struct challenge, mac), hash);
	memcpy(mac, hash, MAC_SIZE);
}

/*
 * A whole house behind one address is not shut out: its work gets harder, a bit for each doubling.
 */
static unsigned
bits_for(const struct request *req)
{
	unsigned harder = 0;

	for (unsigned many = ++asker_of(req)->challenges / FREE_WORK; many > 0 && harder < HARDER;
	     many /= 2)
		harder++;
	return (unsigned)req->service->config->proof_bits + harder;
}

enum problem
challenge_create(struct request *req)
{
	struct challenge challenge = { .ends = clock_now() + LIFETIME, .bits = bits_for(req) };

	secrets_random(&challenge.random, sizeof(challenge.random));
	authenticate(&challenge, challenge.mac);
	buffer_printf(&req->reply.body,
	    "{\"challenge\":\"%s\",\"bits\":%u,\"expires_at\":\"%.19sZ\"}",
	    secrets_encode(req->arena, &challenge, sizeof(challenge)), (unsigned)challenge.bits,
	    clock_text(req->arena, challenge.ends));
	return PROBLEM_NONE;
}

static _Noreturn void
refuse(struct request *req, const char *code, const char *detail)
{
	req->faults = faults_new(req->arena);
	faults_add_pointer(req->faults, "/proof", code, "%s", detail);
	request_fail(req, PROBLEM_INVALID_BODY);
}

static bool
read_challenge(struct request *req, const char *text, struct challenge *ret)
{
	unsigned char mac[MAC_SIZE];
	size_t length;
	const char *bytes = secrets_decode(req->arena, text, &length);

	if (bytes == NULL || length != sizeof(*ret))
		return false;
	memcpy(ret, bytes, sizeof(*ret));
	authenticate(ret, mac);
	return secrets_equal(mac, ret->mac, MAC_SIZE) && ret->ends > clock_now();
}

const char *
challenge_check(struct request *req, const char **ret_ends)
{
	const json_t *proof = json_object_get(req->body, "proof");
	const char *text = json_string_value(json_object_get(proof, "challenge"));
	const char *nonce = json_string_value(json_object_get(proof, "nonce"));
	struct challenge challenge;

	if (proof == NULL)
		refuse(req, "required", "is needed: see POST /v1/challenges");
	if (!read_challenge(req, text, &challenge) ||
	    secrets_work(arena_printf(req->arena, "%s.%s", text, nonce)) < challenge.bits)
		refuse(req, "invalid", "must solve a challenge of the last ten minutes");
	*ret_ends = clock_text(req->arena, challenge.ends);
	return secrets_bytea(req->arena, challenge.mac, MAC_SIZE);
}

bool
challenge_is_spared(struct request *req)
{
	return json_object_get(req->body, "proof") == NULL &&
	    ++asker_of(req)->mails <= req->service->config->free_mails;
}
