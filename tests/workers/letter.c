/* letter.c: writes letters for tests: takes {"from", "to", …} as JSON, prints what would be sent. */
#include <jansson.h>
#include <stdio.h>

#include "workers/letter.h"

static const char *
text(const json_t *given, const char *name)
{
	return json_string_value(json_object_get(given, name));
}

/* False if it has no recipient, or no sender. */
static bool
print(struct arena *arena, const json_t *given)
{
	struct letter letter = {
		.id = text(given, "id"),
		.date = (int64_t)json_integer_value(json_object_get(given, "date")),
		.language = text(given, "language"),
		.subject = text(given, "subject"),
		.text = text(given, "text"),
		.base_url = text(given, "base_url"),
		.list = "notices",
		.unsubscribe = text(given, "unsubscribe"),
		.calendar = text(given, "calendar"),
		.method = text(given, "method"),
	};
	const char *bytes;
	size_t length;

	if (!address_read_mailbox(arena, text(given, "from"), &letter.from) ||
	    !address_read(arena, text(given, "to"), &letter.to))
		return false;
	bytes = letter_write(arena, &letter, &length);
	return fwrite(bytes, 1, length, stdout) == length;
}

int
main(void)
{
	json_t *given = json_loadf(stdin, 0, NULL);
	struct arena *arena = arena_new();
	bool printed = print(arena, given);

	arena_free(arena);
	json_decref(given);
	return !printed;
}
