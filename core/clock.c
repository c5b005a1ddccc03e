/* clock.c: wall time and monotonic time. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

static const int64_t no_offset;
static const volatile int64_t *offset = &no_offset;

_Bool
clock_follow(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	void *mapped;

	if (descriptor < 0)
		return 0;
	mapped = mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, descriptor, 0);
	close(descriptor);
	if (mapped == MAP_FAILED)
		return 0;
	offset = mapped;
	return 1;
}

int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + *offset;
}

uint64_t
clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const char *
clock_text(struct arena *arena, int64_t instant)
{
	time_t seconds = (time_t)(instant / 1000000);
	struct tm tm;
	char whole[32];

	gmtime_r(&seconds, &tm);
	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &tm);
	return arena_printf(arena, "%s.%06dZ", whole, (int)(instant % 1000000));
}

#define HTTP_DATE      "%a, %d %b %Y %H:%M:%S GMT"
#define HTTP_DATE_SIZE 40

/* Formatting it for each answer would cost more than the answer. */
const char *
clock_http(void)
{
	static char text[HTTP_DATE_SIZE];
	static time_t second;
	time_t now = (time_t)(clock_now() / 1000000);
	struct tm tm;

	if (now != second) {
		gmtime_r(&now, &tm);
		strftime(text, sizeof(text), HTTP_DATE, &tm);
		second = now;
	}
	return text;
}

const char *
clock_http_of(int64_t seconds)
{
	static char text[HTTP_DATE_SIZE];
	struct tm tm;

	gmtime_r(&(time_t){ seconds }, &tm);
	strftime(text, sizeof(text), HTTP_DATE, &tm);
	return text;
}

bool
clock_read_http(const char *text, int64_t *ret_seconds)
{
	static const char *const forms[] = { HTTP_DATE, "%A, %d-%b-%y %H:%M:%S GMT",
		"%a %b %e %H:%M:%S %Y" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);

		if (end == NULL || *end != '\0')
			continue;
		*ret_seconds = timegm(&tm);
		return true;
	}
	return false;
}
