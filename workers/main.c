/* main.c: runde-worker: does jobs and sweeps, until it is told to end. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/envelope.h"
#include "core/secrets.h"
#include "workers/ending.h"
#include "workers/jobs.h"
#include "workers/outlet.h"
#include "workers/outside.h"
#include "workers/post.h"
#include "workers/sender.h"
#include "workers/sweeps.h"
#include "workers_sql.h"

#define PAUSE_MS 1000 /* between two looks for jobs, if nobody pokes us */
#define PATIENCE 1    /* seconds between two attempts to connect */

static _Noreturn void
give_up(const char *why)
{
	fprintf(stderr, "runde-worker: %s\n", why);
	exit(1);
}

static void
listen_for_pokes(struct db *db)
{
	struct arena *arena = arena_new();
	struct db_error error;

	db_query(db, arena, &statements[SQL_JOBS_LISTEN], NULL, &error);
	arena_free(arena);
}

static void
work(struct db *db, const struct config *config)
{
	listen_for_pokes(db);
	while (!ending_is_told(0) && db_is_alive(db)) {
		sweeps_run(db);
		if (jobs_run(db, config) == 0)
			db_wait(db, ending_descriptor(), PAUSE_MS);
	}
}

/* Works as long as the connection holds. False if there was none. */
static bool
connect_and_work(const struct config *config, bool is_news)
{
	struct arena *arena = arena_new();
	const char *error;
	struct db *db = db_open(arena, config->database, &error);

	if (db != NULL)
		work(db, config);
	else if (is_news)
		fprintf(stderr, "runde-worker: %s\n", error);
	arena_free(arena);
	return db != NULL;
}

/* For good: what root alone may read was read before. */
static void
become(const char *name)
{
	const struct passwd *user;

	if (getuid() != 0 || name[0] == '\0')
		return;
	if ((user = getpwnam(name)) == NULL)
		give_up("RUNDE_USER does not exist");
	if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0)
		give_up("we cannot become RUNDE_USER");
}

static void
prepare(struct arena *arena, struct config *config)
{
	struct mailbox from;
	const char *error;

	if ((error = config_read(config)) != NULL ||
	    (error = secrets_open(arena, config->key_file)) != NULL)
		give_up(error);
	if (!address_read_mailbox(arena, config->mail_from, &from) || from.address.is_utf8)
		give_up("RUNDE_MAIL_FROM must be an address, or Name <address>");
	if (config->mail_bounce[0] != '\0' && !envelope_is_right(arena, config->mail_bounce))
		give_up("RUNDE_MAIL_BOUNCE must be an address with {token} in it");
	if ((error = outlet_open(arena, config)) != NULL ||
	    (error = outside_open(arena, config)) != NULL)
		give_up(error);
	post_open(arena);
	if (config->clock_file[0] != '\0' && !clock_follow(config->clock_file))
		give_up("RUNDE_CLOCK_FILE cannot be read");
	become(config->user);
	prctl(PR_SET_DUMPABLE, 0); /* memory holds what people told us in confidence */
	ending_open();
}

int
main(void)
{
	struct arena *arena = arena_new();
	struct config config;
	unsigned pause = 0;

	prepare(arena, &config);
	sender_start(&config);
	while (!ending_is_told(pause))
		pause = connect_and_work(&config, pause == 0) ? 0 : PATIENCE;
	sender_stop();
	arena_free(arena);
	return 0;
}
