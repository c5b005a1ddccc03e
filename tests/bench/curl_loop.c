/* curl_loop.c: the least that libcurl takes to send letters: a loop over files, nothing besides. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"

#define LETTER_MAX 100000

struct letter {
	size_t length, sent;
	char bytes[LETTER_MAX];
};

static size_t
give(char *room, size_t size, size_t count, void *given)
{
	struct letter *letter = given;
	size_t left = letter->length - letter->sent, length = size * count;

	if (length > left)
		length = left;
	memcpy(room, letter->bytes + letter->sent, length);
	letter->sent += length;
	return length;
}

static struct letter *
read_letter(struct arena *arena, const char *path)
{
	struct letter *letter = arena_alloc(arena, sizeof(*letter));
	FILE *file = fopen(path, "re");

	if (file != NULL) {
		letter->length = fread(letter->bytes, 1, LETTER_MAX, file);
		fclose(file);
	}
	return letter;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Letters a second. */
static double
loop(CURL *curl, struct letter *const *letters, long letter_count, double duration)
{
	double started = seconds(), now;
	long done = 0;

	do {
		struct letter *letter = letters[done % letter_count];

		letter->sent = 0;
		curl_easy_setopt(curl, CURLOPT_READDATA, letter);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)letter->length);
		if (curl_easy_perform(curl) != CURLE_OK)
			return -1;
		done++;
	} while ((now = seconds()) - started < duration);
	return (double)done / (now - started);
}

/* With TLS and a password, if they are given. */
static void
be_safe(CURL *curl)
{
	if (getenv("CA") == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("CA"));
	curl_easy_setopt(curl, CURLOPT_USERNAME, getenv("SMTP_USER"));
	curl_easy_setopt(curl, CURLOPT_PASSWORD, getenv("SMTP_PASSWORD"));
}

/* curl_loop URL SECONDS FILE ... */
int
main(int argc, char **argv)
{
	struct curl_slist *recipients = curl_slist_append(NULL, "a@mail.example");
	CURL *curl = curl_easy_init();
	struct arena *arena = arena_new();
	struct letter **letters = arena_alloc(arena, (size_t)argc * sizeof(*letters));

	if (argc < 4 || curl == NULL)
		return 2;
	for (int i = 3; i < argc; i++)
		letters[i - 3] = read_letter(arena, argv[i]);
	curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, "runde@mail.example");
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	be_safe(curl);
	printf("%.1f\n", loop(curl, letters, argc - 3, strtod(argv[2], NULL)));
	curl_easy_cleanup(curl);
	curl_slist_free_all(recipients);
	arena_free(arena);
	return 0;
}
