/* main.c: runde, the operator's command. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/audit.h"
#include "admin/bounces.h"
#include "admin/clients.h"
#include "admin/command.h"
#include "admin/demo.h"
#include "admin/imports.h"
#include "admin/jobs.h"
#include "admin/keys.h"
#include "admin/migrate.h"
#include "admin/postcodes.h"
#include "admin/webhooks.h"
#include "core/clock.h"
#include "core/secrets.h"

static int failure = 1; /* the status of a command that fails */

static int
print_settings(struct context *context)
{
	(void)context;
	config_explain();
	return 0;
}

static int
create_key(struct context *context)
{
	const char *error = secrets_create(context->arena, context->config->key_file);

	if (error != NULL)
		command_fail("%s", error);
	return 0;
}

#define FEED_USAGE                                                                            \
	"FILE --source KEY --organisation ID [--time-zone ZONE] [--country CC] "              \
	"[--language L] [--topics SLUGS] [--audience A] [--duration PT1H] [--patterns take] " \
	"[--rows yes] [--apply yes] [--accept-gone yes]"

#define CLIENT_USAGE \
	"NAME --scopes S,S [--organisation ID] [--jwks FILE | --jwks-uri URL | --certificate FILE]"
#define EXCHANGE_USAGE "NAME [--overlap HOURS | --jwks FILE | --jwks-uri URL | --certificate FILE]"

/* words, does it need the database, does it need the key, what it does, usage, what it is for */
/* clang-format off */
static const struct {
	const char *words[2];
	bool needs_db;
	bool needs_key;
	command *run;
	const char *usage;
	const char *help;
} commands[] = {
	{ { "key" },                     false, false, create_key,            "",                                         "make the master key, if there is none"                        },
	{ { "migrate" },                 true,  true,  migrate_run,           "",                                         "bring the database to this version"                           },
	{ { "client", "add" },           true,  true,  client_add,            CLIENT_USAGE,                               "make a client and show its key, once; or its id"              },
	{ { "client", "rotate" },        true,  true,  client_rotate,         EXCHANGE_USAGE,                             "show a new key; the old ones end after the overlap (24)"      },
	{ { "client", "revoke" },        true,  false, client_revoke,         "NAME",                                     "end all keys of a client within a second"                     },
	{ { "client", "limit" },         true,  false, client_limit,          "NAME [--per-minute N]",                    "how many requests it may make; without N: as everybody"       },
	{ { "client", "list" },          true,  false, client_list,           "",                                         "clients, how many keys they have, scopes and ids"             },
	{ { "keys", "list" },            true,  false, keys_list,             "",                                         "wrapping keys, and for how many persons each stands"          },
	{ { "keys", "rotate" },          true,  true,  keys_rotate,           "",                                         "a new wrapping key for all persons, while all goes on"        },
	{ { "import", "postcodes" },     true,  false, postcodes_import,      "FILE",                                     "read postcodes in the GeoNames format; - is standard input"   },
	{ { "import", "meeting-guide" }, true,  false, imports_meeting_guide, FEED_USAGE,                                 "read a directory in the Meeting Guide format, and compare it" },
	{ { "import", "bmlt" },          true,  false, imports_bmlt,          FEED_USAGE,                                 "the same of BMLT's GetSearchResults"                          },
	{ { "import", "apply" },         true,  false, imports_apply,         "ID [--patterns take] [--accept-gone yes]", "do what an import found"                                      },
	{ { "import", "undo" },          true,  false, imports_undo,          "ID",                                       "bring back what was there before an import"                   },
	{ { "jobs", "list" },            true,  false, jobs_list,             "[--dead] [--kind K]",                      "what workers have to do, and what they gave up"               },
	{ { "jobs", "revive" },          true,  false, jobs_revive,           "[ID...] [--kind K] [--all]",               "let jobs that were given up begin anew"                       },
	{ { "jobs", "drop" },            true,  false, jobs_drop,             "[ID...] [--kind K --dead]",                "forget jobs"                                                  },
	{ { "jobs", "probe" },           true,  false, jobs_probe,            "",                                         "fail if no worker does a job within ten seconds"              },
	{ { "audit", "verify" },         true,  true,  audit_verify,          "[--head HEAD]",                            "whether the audit is as it was written, and grew out of HEAD" },
	{ { "audit", "head" },           true,  false, audit_head,            "",                                         "what to keep elsewhere, for it shows what was cut off"        },
	{ { "bounces" },                 true,  true,  bounces_read,          "FILE [--to ADDRESS]",                      "read reports about mails: -, a file, an mbox or a Maildir"    },
	{ { "webhooks", "rotate" },      true,  true,  webhooks_rotate,       "",                                         "a new key to sign webhooks with; both sign for 24 hours"      },
	{ { "demo" },                    true,  false, demo_run,              "[--groups N]",                             "load demonstration data, or a directory of N groups"          },
	{ { "settings" },                false, false, print_settings,        "",                                         "every setting with its default"                               },
};
/* clang-format on */

static int
print_usage(void)
{
	puts("usage: runde COMMAND\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  runde %s%s%s %s\n      %s\n", commands[i].words[0],
		    commands[i].words[1] == NULL ? "" : " ",
		    commands[i].words[1] == NULL ? "" : commands[i].words[1], commands[i].usage,
		    commands[i].help);
	return 2;
}

static int
words_match(const char *const *words, int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], words[0]) != 0)
		return 0;
	if (words[1] == NULL)
		return 1;
	return argc > 2 && strcmp(argv[2], words[1]) == 0 ? 2 : 0;
}

/* How many arguments stand where an option does: 0 if the usage line does not name it. */
static int
option_width(const char *usage, const char *option)
{
	const char *found = strstr(usage, option);
	char next = found == NULL ? '\0' : found[strlen(option)];

	if (next == ']')
		return 1;
	return next == ' ' ? 2 : 0;
}

/* How many arguments come before the options. */
static int
count_names(const struct context *context)
{
	int count = 0;

	while (count < context->argument_count && strncmp(context->arguments[count], "--", 2) != 0)
		count++;
	return count;
}

/*
 * The usage line is the rule: one argument first if it begins with a capital, any number if it
 * begins with one in brackets, then its options, with a value unless a bracket follows.
 */
static void
check_arguments(const struct context *context, const char *usage)
{
	int names = count_names(context), wanted = usage[0] >= 'A' && usage[0] <= 'Z', width;

	if (names < wanted)
		command_fail("a name or file is missing: %s", usage);
	if (strncmp(usage, "[ID...]", 7) == 0)
		wanted = names;
	for (int i = wanted; i < context->argument_count; i += width) {
		const char *option = context->arguments[i];

		width = strncmp(option, "--", 2) == 0 ? option_width(usage, option) : 0;
		if (width == 0)
			command_fail("%s is not understood here", option);
		if (i + width > context->argument_count)
			command_fail("%s needs a value", option);
	}
}

static void
prepare(struct context *context, bool needs_db, bool needs_key)
{
	const char *error = NULL;

	if (needs_key)
		error = secrets_open(context->arena, context->config->key_file);
	if (error == NULL && needs_db)
		context->db = db_open(context->arena, context->config->database, &error);
	if (error != NULL)
		command_fail("%s", error);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct config config;
	struct context context = { .arena = arena, .config = &config };
	const char *error = config_read(&config);
	int status = -1;

	if (error != NULL)
		command_fail("%s", error);
	if (config.clock_file[0] != '\0' && !clock_follow(config.clock_file))
		command_fail("RUNDE_CLOCK_FILE cannot be read");
	for (size_t i = 0; status < 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		int used = words_match(commands[i].words, argc, argv);

		if (used == 0)
			continue;
		failure = commands[i].run == bounces_read ? BOUNCES_LATER : 1;
		context.argument_count = argc - 1 - used;
		context.arguments = argv + 1 + used;
		check_arguments(&context, commands[i].usage);
		prepare(&context, commands[i].needs_db, commands[i].needs_key);
		status = commands[i].run(&context);
	}
	if (status < 0)
		status = print_usage();
	arena_free(arena);
	return status;
}

void
command_fail(const char *format, ...)
{
	va_list arguments;

	fputs("runde: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(failure);
}

struct rows *
command_query(struct context *context, const struct statement *statement, const char *const *values)
{
	struct db_error error;
	struct rows *rows = db_query(context->db, context->arena, statement, values, &error);

	if (rows == NULL)
		command_fail("%s: %s", statement->name, error.message);
	return rows;
}

const char *
command_option(const struct context *context, const char *name)
{
	for (int i = 0; i + 1 < context->argument_count; i++)
		if (strcmp(context->arguments[i], name) == 0)
			return context->arguments[i + 1];
	return NULL;
}

bool
command_flag(const struct context *context, const char *name)
{
	for (int i = 0; i < context->argument_count; i++)
		if (strcmp(context->arguments[i], name) == 0)
			return true;
	return false;
}

const char *
command_now(struct context *context)
{
	return clock_text(context->arena, clock_now());
}

void
command_progress(const char *what, unsigned long done, unsigned long total)
{
	static const char bar[] = "########################################";
	int width = (int)sizeof(bar) - 1;
	int filled = total == 0 ? width : (int)((unsigned long)width * done / total);

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s [%-*.*s] %lu", what, width, filled, bar, done);
	if (done >= total)
		fputc('\n', stderr);
}
