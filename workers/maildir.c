/* maildir.c: letters put into a Maildir. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "workers/maildir.h"

static const char *folder;
static bool is_written; /* one, and nobody has asked for it yet */

/* No two deliveries anywhere have the same name. */
static const char *
unique_name(struct arena *arena)
{
	static unsigned count;
	int64_t now = clock_now();
	char host[65] = "localhost";

	gethostname(host, sizeof(host) - 1);
	return arena_printf(arena, "%lld.M%06lldP%dQ%u.%s", (long long)(now / 1000000),
	    (long long)(now % 1000000), getpid(), ++count, host);
}

static bool
make_folder(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool
sync_folder(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = descriptor >= 0 && fsync(descriptor) == 0;

	if (descriptor >= 0)
		close(descriptor);
	return synced;
}

/* Lines end as those of files do; whoever carries it further gives them the ends of SMTP. */
static bool
write_lines(FILE *file, const char *bytes, const char *end)
{
	while (bytes < end) {
		const char *found = memmem(bytes, (size_t)(end - bytes), "\r\n", 2);
		size_t length = (size_t)((found == NULL ? end : found) - bytes);

		if (fwrite(bytes, 1, length, file) != length)
			return false;
		bytes += length + (found != NULL);
	}
	return true;
}

static bool
write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wxe");
	bool written;

	if (file == NULL)
		return false;
	written = write_lines(file, bytes, bytes + length) && fflush(file) == 0 &&
	    fsync(fileno(file)) == 0;
	return fclose(file) == 0 && written;
}

static bool
make_folders(struct arena *arena)
{
	return make_folder(folder) && make_folder(arena_printf(arena, "%s/tmp", folder)) &&
	    make_folder(arena_printf(arena, "%s/new", folder)) &&
	    make_folder(arena_printf(arena, "%s/cur", folder));
}

static enum outlet_result
complain(struct arena *arena, struct delivery *delivery, const char *what)
{
	delivery->error = arena_printf(arena, "%s: %s", what, strerror(errno));
	return OUTLET_LATER;
}

static const char *
maildir_open(struct arena *arena, const struct config *config)
{
	folder = config->maildir[0] != '\0' ? config->maildir :
					      arena_printf(arena, "%s/mail", config->home);
	return NULL;
}

static enum outlet_result
put(struct arena *arena, struct delivery *delivery)
{
	const char *name = unique_name(arena), *into = arena_printf(arena, "%s/new", folder);
	const char *before = arena_printf(arena, "%s/tmp/%s", folder, name);
	enum outlet_result result;

	if (!make_folders(arena))
		return complain(arena, delivery, "the Maildir cannot be made");
	if (write_file(before, delivery->bytes, delivery->length) &&
	    rename(before, arena_printf(arena, "%s/%s", into, name)) == 0 && sync_folder(into))
		return OUTLET_SENT;
	result = complain(arena, delivery, "the mail cannot be put into the Maildir");
	unlink(before);
	return result;
}

/* Nothing goes on by itself: each is over as soon as it has begun. */
static bool
has_room(void)
{
	return !is_written;
}

static void
begin(struct arena *arena, struct delivery *delivery)
{
	delivery->result = put(arena, delivery);
	is_written = true;
}

static void
wait_for_none(struct arena *arena, unsigned milliseconds)
{
	(void)arena, (void)milliseconds;
	is_written = false;
}

static void
drop(const struct delivery *delivery)
{
	(void)delivery;
}

const struct outlet maildir_outlet = { maildir_open, has_room, begin, wait_for_none, drop };
