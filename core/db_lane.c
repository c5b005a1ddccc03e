/* db_lane.c: what differs between the lanes of connections. */
#include "core/db_connection.h"

/*
 * Look-ups asked in one turn share one Sync: PostgreSQL answers them in one go. Everything else is
 * a transaction of its own. Look-ups and writes go by keys and are planned once; the best plan of a
 * search depends on what is searched for.
 */
/* clang-format off */
const struct db_lane db_lanes[LANE_COUNT] = {
	[LANE_READ]   = { FLIGHTS_MAX / 4, 1,  true,  SESSION_OPTIONS " -c plan_cache_mode=force_generic_plan" },
	[LANE_SEARCH] = { 1,               1,  false, SESSION_OPTIONS " -c plan_cache_mode=force_custom_plan"  },
	[LANE_WRITE]  = { 4,               1,  false, SESSION_OPTIONS " -c plan_cache_mode=force_generic_plan" },
	[LANE_BULK]   = { 1,               60, false, SESSION_OPTIONS " -c plan_cache_mode=force_generic_plan" },
};
/* clang-format on */
