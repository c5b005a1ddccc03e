/* seal.c: seals for tests: takes lines "wrapping-id person column value", parted by tabs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sealing.h"
#include "core/secrets.h"

#define WORDS 4

/* Prints "wrapping wrapped sealed", parted by tabs. */
static void
answer(struct arena *arena, char *line)
{
	const char *words[WORDS] = { NULL }, *wrapping, *wrapped, *sealed;
	struct sealing_key key;
	size_t count = 0;

	for (char *rest = line, *word; count < WORDS && (word = strsep(&rest, "\t\n")) != NULL;)
		words[count++] = word;
	wrapping = sealing_wrapping_new(arena, words[0]);
	wrapped = sealing_key_new(arena, words[1], words[0], wrapping, &key);
	sealed = sealing_seal(arena, &key, words[1], words[2],
	    strcmp(words[2], "contact") == 0 ? SEALED_JSON : SEALED_TEXT, words[3], strlen(words[3]));
	printf("%s\t%s\t%s\n", wrapping, wrapped, sealed);
}

int
main(void)
{
	struct arena *arena = arena_new(), *of_line;
	const char *error = secrets_open(arena, getenv("RUNDE_KEY_FILE"));
	char *line = NULL;
	size_t size = 0;

	if (error != NULL)
		fprintf(stderr, "%s\n", error);
	while (error == NULL && getline(&line, &size, stdin) > 0) {
		of_line = arena_new();
		answer(of_line, line);
		arena_free(of_line);
	}
	free(line);
	arena_free(arena);
	return error != NULL;
}
