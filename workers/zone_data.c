/* zone_data.c: whether the installed time zone data are the newest packaged ones. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workers/zone_data.h"
#include "workers_sql.h"

#define ANSWER_MAX 4096

/* Runs the question with its output into a pipe; the answer as text, or NULL. */
static char *
ask_index(struct arena *arena)
{
	static char *const words[] = { "apt-cache", "policy", "tzdata", NULL };
	static char *const environment[] = { "LC_ALL=C", "PATH=/usr/bin:/bin", NULL };
	char *answer = arena_alloc(arena, ANSWER_MAX);
	posix_spawn_file_actions_t actions;
	size_t length = 0;
	ssize_t got;
	int ends[2], status = -1;
	pid_t child;
	bool runs;

	if (pipe(ends) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	runs = posix_spawnp(&child, words[0], &actions, NULL, words, environment) == 0;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while (length < ANSWER_MAX - 1 &&
	    (got = read(ends[0], answer + length, ANSWER_MAX - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	if (runs)
		waitpid(child, &status, 0);
	return runs && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? answer : NULL;
}

/* The word behind a label; NULL if there is none. */
static const char *
version_behind(struct arena *arena, const char *answer, const char *label)
{
	const char *found = strstr(answer, label);

	if (found == NULL)
		return NULL;
	found += strlen(label);
	return arena_copy(arena, found, strcspn(found, " \n"));
}

static bool
note(struct job *job, const char *installed, const char *packaged)
{
	if (strcmp(installed, packaged) != 0)
		fprintf(stderr,
		    "runde-worker: tzdata %s is installed and %s is packaged; instants may be "
		    "wrong\n",
		    installed, packaged);
	return job_query(job, &statements[SQL_ZONE_DATA_STORE],
		   (const char *const[]){ installed, packaged, job_now(job) }) != NULL;
}

bool
zone_data_check(struct job *job)
{
	const char *answer = ask_index(job->arena);
	const char *installed, *packaged;

	if (answer == NULL)
		return true;
	installed = version_behind(job->arena, answer, "Installed: ");
	packaged = version_behind(job->arena, answer, "Candidate: ");
	if (installed == NULL || packaged == NULL || installed[0] == '(' || packaged[0] == '(')
		return true;
	return note(job, installed, packaged);
}
