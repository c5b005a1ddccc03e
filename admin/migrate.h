/* migrate.h: brings a database to the schema of this version. */
#ifndef ADMIN_MIGRATE_H
#define ADMIN_MIGRATE_H

#include "admin/command.h"

struct migration {
	const char *name; /* NULL ends the table */
	const char *sql;
};

extern const struct migration migrations[];

command migrate_run;

#endif
