/* statement.h: one SQL statement out of a .sql file, as the build puts it into a table. */
#ifndef CORE_STATEMENT_H
#define CORE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which connections a statement runs on: quick look-ups, searches planned anew each time, writes,
 * and writes of so much at once that they may take a minute. What goes before others runs on all.
 */
enum lane { LANE_READ, LANE_SEARCH, LANE_WRITE, LANE_BULK, LANE_COUNT, LANE_ALL = LANE_COUNT };

struct statement {
	const char *name;              /* the file's name: "group_get" */
	const char *sql;               /* with $1, $2, … */
	const char *const *parameters; /* the names behind $1, $2, … */
	size_t parameter_count;
	enum lane lane;
	bool is_personal; /* asks for what not every caller may see */
};

#endif
