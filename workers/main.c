/* main.c: runde-worker: does jobs and sweeps, until it is told to end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "core/clock.h"
#include "core/secrets.h"
#include "workers/jobs.h"
#include "workers/maildir.h"
#include "workers/sweeps.h"

#define PAUSE_SECONDS 1
#define PATIENCE_MAX  30 /* seconds between two attempts to connect */

static sigset_t endings;

static _Noreturn void
give_up(const char *why)
{
	fprintf(stderr, "runde-worker: %s\n", why);
	exit(1);
}

/*
 * Waits so long, or until we are told to end. What tells us so is blocked elsewhere, so that no
 * batch is cut short.
 */
static bool
is_ending(unsigned seconds)
{
	static bool ending;

	ending = ending || sigtimedwait(&endings, NULL, &(struct timespec){ seconds, 0 }) > 0;
	return ending;
}

static void
work(struct db *db, const struct config *config)
{
	size_t done = 1;

	while (!is_ending(done > 0 ? 0 : PAUSE_SECONDS) && db_is_alive(db)) {
		sweeps_run(db);
		done = jobs_run(db, config);
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

static void
prepare(struct arena *arena, struct config *config)
{
	const char *error;

	if ((error = config_read(config)) != NULL ||
	    (error = secrets_open(arena, config->key_file)) != NULL)
		give_up(error);
	if (config->clock_file[0] != '\0' && !clock_follow(config->clock_file))
		give_up("RUNDE_CLOCK_FILE cannot be read");
	if (mail_sender_address(arena, config->mail_from) == NULL)
		give_up("RUNDE_MAIL_FROM must be an address, or Name <address>");
	prctl(PR_SET_DUMPABLE, 0); /* memory holds what people told us in confidence */
	sigemptyset(&endings);
	sigaddset(&endings, SIGTERM);
	sigaddset(&endings, SIGINT);
	sigprocmask(SIG_BLOCK, &endings, NULL);
}

int
main(void)
{
	struct arena *arena = arena_new();
	struct config config;
	unsigned patience = 0;

	prepare(arena, &config);
	while (!is_ending(patience)) {
		if (connect_and_work(&config, patience == 0))
			patience = 0;
		else
			patience = patience < PATIENCE_MAX / 2 ? patience * 2 + 1 : PATIENCE_MAX;
	}
	arena_free(arena);
	return 0;
}
