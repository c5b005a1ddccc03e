/* mails.c: mails on standard input, in a file, and in a Maildir. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/mails.h"
#include "core/buffer.h"

#define MAIL_MAX ((size_t)1 << 18) /* what a report says stands before the mail that it returns */

struct reader {
	struct context *context;
	mail_handler *handle;
	struct arena *arena; /* of the mail at hand */
	struct buffer mail;
};

static void
begin_mail(struct reader *reader)
{
	reader->arena = arena_new();
	buffer_init(&reader->mail, reader->arena, 0);
}

static void
end_mail(struct reader *reader)
{
	struct context context = *reader->context;

	context.arena = reader->arena;
	reader->handle(&context, buffer_text(&reader->mail), reader->mail.length);
	arena_free(reader->arena);
}

static void
add_line(struct reader *reader, const char *line, size_t length)
{
	size_t room = MAIL_MAX - reader->mail.length;

	buffer_append(&reader->mail, line, length < room ? length : room);
}

/* An mbox has a line "From ..." before each mail; one mail alone may have it too. */
static void
read_mails(struct reader *reader, FILE *file, bool may_be_mbox)
{
	bool is_mbox = false, is_first = true, was_empty = false;
	size_t capacity = 0;
	char *line = NULL;
	ssize_t length;

	begin_mail(reader);
	for (; (length = getline(&line, &capacity, file)) > 0; is_first = false) {
		bool is_begin = strncmp(line, "From ", 5) == 0;

		if (is_begin && is_mbox && was_empty) {
			end_mail(reader);
			begin_mail(reader);
		} else if (is_begin && is_first) {
			is_mbox = may_be_mbox;
		} else {
			add_line(reader, line, (size_t)length);
		}
		was_empty = line[strspn(line, "\r")] == '\n';
	}
	free(line);
	end_mail(reader);
}

static void
read_file(struct reader *reader, const char *path, bool may_be_mbox)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		command_fail("%s: %s", path, strerror(errno));
	read_mails(reader, file, may_be_mbox);
	fclose(file);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Moved only after it was handled: if we are stopped meanwhile, it is handled again. */
static void
read_maildir(struct reader *reader, const char *folder)
{
	struct arena *arena = reader->context->arena;
	struct dirent **names;
	int count = scandir(arena_printf(arena, "%s/new", folder), &names, is_visible, alphasort);

	if (count < 0)
		command_fail("%s/new: %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;
		const char *path = arena_printf(arena, "%s/new/%s", folder, name);

		read_file(reader, path, false);
		if (rename(path, arena_printf(arena, "%s/cur/%s:2,S", folder, name)) != 0)
			command_fail("%s/cur: %s", folder, strerror(errno));
		free(names[i]);
	}
	free(names);
}

void
mails_read(struct context *context, const char *place, mail_handler *handle)
{
	struct reader reader = { .context = context, .handle = handle };
	struct stat found;

	if (strcmp(place, "-") == 0)
		read_mails(&reader, stdin, false);
	else if (stat(place, &found) == 0 && S_ISDIR(found.st_mode))
		read_maildir(&reader, place);
	else
		read_file(&reader, place, true);
}
