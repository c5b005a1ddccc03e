/* planning.h: what C finds out about series that are to be planned further. */
#ifndef CORE_PLANNING_H
#define CORE_PLANNING_H

#include "core/db.h"

/*
 * For rows of schedules_due() what schedules_extend() takes: their dates, their rules in the simple
 * form, and their sentences, as one JSON array in the arena. PostgreSQL makes instants of the
 * dates, and writes only meetings that differ: a new revision of one is a change of it.
 */
const char *planning_json(struct arena *arena, const struct rows *due);

#endif
