/* kinds.c: who does which jobs, how often they are tried, and how long they may take. */
#include "workers/kinds.h"
#include "workers/mail.h"

/* name, function, attempts, lease in seconds */
/* clang-format off */
const struct kind kinds[KIND_COUNT] = {
	{ "mail", mail_job, 15, 10 }, /* for two days */
};
/* clang-format on */
