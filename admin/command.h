/* command.h: one command of the operator. */
#ifndef ADMIN_COMMAND_H
#define ADMIN_COMMAND_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/config.h"
#include "core/db.h"

/* What a command works with. */
struct context {
	struct arena *arena;
	const struct config *config;
	struct db *db; /* NULL if the command needs none */
	int argument_count;
	char **arguments; /* behind the command's words */
};

/* Does it and returns the exit status. */
typedef int command(struct context *context);

/* Runs a statement; ends the process with a message if it fails. */
struct rows *command_query(
    struct context *context, const struct statement *statement, const char *const *values);

/* Ends the process with a message. */
_Noreturn void command_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The value behind an option such as "--scopes", or NULL. */
const char *command_option(const struct context *context, const char *name);

/* Whether an option without a value is there, such as "--all". */
bool command_flag(const struct context *context, const char *name);

/* The instant at which the command runs, as PostgreSQL reads it. */
const char *command_now(struct context *context);

/* A bar on a terminal, nothing elsewhere; done == total ends its line. */
void command_progress(const char *what, unsigned long done, unsigned long total);

#endif
