/* kinds.c: who does which jobs, how often they are tried, and how long they may take. */
#include <string.h>

#include "core/buffer.h"
#include "workers/audit.h"
#include "workers/clocks.h"
#include "workers/feeds.h"
#include "workers/keys.h"
#include "workers/kinds.h"
#include "workers/mails.h"
#include "workers/notice.h"
#include "workers/plan.h"
#include "workers_sql.h"

#define DO(name) &statements[SQL_##name]

/*
 * With seven seconds of lease, and one at most until somebody looks, what a killed worker had goes
 * on within ten. A few have longer, for what they do at once may take so long: nobody waits for
 * them.
 */
/* name, function for each or all, attempts (15: two days), lease in seconds, batch, statement */
/* clang-format off */
const struct kind kinds[] = {
	{ "noop",     job_noop,         NULL,      15,   7, 1000, NULL                 },
	{ "mail",     NULL,             mails_run, 15,   7,  100, NULL                 },
	{ "notice",   notice_job,       NULL,      15,  60,    5, NULL                 },
	{ "keys",     keys_job,         NULL,       5,  60,    5, NULL                 },
	{ "series",   job_by_statement, NULL,      15,   7,   50, DO(SERIES_PROCEED)   },
	{ "recovery", job_by_statement, NULL,      15,   7,   50, DO(RECOVERY_ANSWER)  },
	{ "delivery", job_by_statement, NULL,      15,   7,  100, DO(MESSAGE_DELIVER)  },
	{ "erasure",  job_by_statement, NULL,      15,   7,   50, DO(PERSON_RETIRE)    },
	{ "plan",     plan_job,         NULL,      15,   7,   20, NULL                 },
	{ "feeds",    feeds_job,        NULL,       8,   7,   10, NULL                 },
	/* by the timetable */
	{ "clocks",   clocks_job,       NULL,       5, 120,    1, NULL                 },
	{ "horizon",  job_by_statement, NULL,       5,   7,    1, DO(SCHEDULES_PLAN)   },
	{ "expiry",   job_by_statement, NULL,       5,   7,    1, DO(EXPIRED_FORGET)   },
	{ "purge",    job_by_statement, NULL,       5,   7,    1, DO(PERSONS_PURGE)    },
	{ "windows",  job_by_statement, NULL,       5,   7,    1, DO(FEEDS_SWEEP)      },
	{ "entries",  job_by_statement, NULL,       5,   7,    1, DO(ENTRIES_SWEEP)    },
	{ "overview", job_by_statement, NULL,       5,   7,    1, DO(OVERVIEW_SWEEP)   },
	{ "quarter",  job_by_statement, NULL,       5, 120,    1, DO(QUARTER_CLOSE)    },
	{ "sealing",  audit_job,        NULL,       5,   7,    1, NULL                 },
	{ "webhooks", job_by_statement, NULL,       5,   7,    1, DO(WEBHOOKS_FORGET)  },
	{ "changes",  job_by_statement, NULL,       5,   7,    1, DO(CHANGES_FORGET)   },
	{ "overdue",  job_by_statement, NULL,       5,   7,    1, DO(REFERRALS_EXPIRE) },
	{ "tokens",   job_by_statement, NULL,       5,   7,    1, DO(TOKENS_FORGET)    },
	{ "keysets",  job_by_statement, NULL,       5,   7,    1, DO(KEYS_REFRESH)     },
};
/* clang-format on */

const size_t kind_count = sizeof(kinds) / sizeof(kinds[0]);

const struct kind *
kind_find(const char *name)
{
	for (size_t i = 0; i < kind_count; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int64_t
kinds_shortest_lease(void)
{
	unsigned shortest = kinds[0].lease_seconds;

	for (size_t i = 1; i < kind_count; i++)
		if (kinds[i].lease_seconds < shortest)
			shortest = kinds[i].lease_seconds;
	return (int64_t)shortest * 1000000;
}

const char *
kinds_json(struct arena *arena)
{
	struct buffer json;

	buffer_init(&json, arena, 512);
	for (size_t i = 0; i < kind_count; i++)
		buffer_printf(&json, "%s{\"kind\":\"%s\",\"lease\":%u,\"batch\":%u}",
		    i == 0 ? "[" : ",", kinds[i].name, kinds[i].lease_seconds, kinds[i].batch);
	buffer_string(&json, "]");
	return buffer_text(&json);
}
