/* fuzz_jose.c: any bytes as a signed text, verified by our key and by one that comes along. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/jose.h"
#include "core/secrets.h"

/* The key of RFC 8037, appendix A.2: a fuzzer does not find what it signs. */
static const char key_text[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			       "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";

/* Up to the next line feed, in base64url. */
static const char *
next_part(struct arena *arena, const char **rest)
{
	size_t length = strcspn(*rest, "\n");
	const char *part = secrets_encode(arena, *rest, length);

	*rest += length + ((*rest)[length] != '\0');
	return part;
}

static void
open_and_verify(struct arena *arena, const char *token, const json_t *key)
{
	const struct jose *jose = jose_open(arena, token);
	const json_t *own = jose == NULL ? NULL : json_object_get(jose->header, "jwk");

	if (jose == NULL)
		return;
	if (jose_is_signed_by(jose, key))
		abort();
	if (jose_is_signed_by(jose, own) && strlen(jose_thumbprint(jose, own)) != 43)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, (const char *)data, size), *rest = text;
	const char *header = next_part(arena, &rest), *claims = next_part(arena, &rest);
	json_t *key = json_loads(key_text, 0, NULL);

	open_and_verify(arena, text, key);
	open_and_verify(arena,
	    arena_printf(
		arena, "%s.%s.%s", header, claims, secrets_encode(arena, rest, strlen(rest))),
	    key);
	json_decref(key);
	arena_free(arena);
	return 0;
}
