/* fetch.c: one request, one answer, read into memory. */
#include "core/buffer.h"
#include "workers/fetch.h"
#include "workers/outside.h"

#define WHOLE_MS 5000L
#define OK       200

struct answer {
	struct buffer body;
	size_t most;
};

static size_t
take(char *bytes, size_t size, size_t count, void *given)
{
	struct answer *answer = given;

	if (answer->body.length + size * count > answer->most)
		return CURL_WRITEFUNC_ERROR;
	buffer_append(&answer->body, bytes, size * count);
	return size * count;
}

static const char *
error_of(CURL *handle, const struct outside *outside, CURLcode done)
{
	long code = 0;

	if (done == CURLE_WRITE_ERROR)
		return "the answer is too long";
	if (done != CURLE_OK)
		return outside_error(outside, done);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
	return code == OK ? NULL : "the answer is not 200";
}

const char *
fetch(struct arena *arena, const char *url, size_t most, const char **ret_error)
{
	struct outside outside = { .url = url };
	struct answer answer = { .most = most };
	CURL *handle = outside_handle();

	buffer_init(&answer.body, arena, 0);
	outside_aim(handle, &outside);
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
	*ret_error = error_of(handle, &outside, curl_easy_perform(handle));
	curl_easy_cleanup(handle);
	return *ret_error == NULL ? buffer_text(&answer.body) : NULL;
}
