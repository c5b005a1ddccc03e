/* ending.c: signals that are asked for instead of coming by themselves. */
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>

#include "workers/ending.h"

static sigset_t endings;
static int descriptor = -1; /* never read: it only wakes */

void
ending_open(void)
{
	sigemptyset(&endings);
	sigaddset(&endings, SIGTERM);
	sigaddset(&endings, SIGINT);
	sigprocmask(SIG_BLOCK, &endings, NULL);
	descriptor = signalfd(-1, &endings, SFD_CLOEXEC);
}

bool
ending_is_told(unsigned seconds)
{
	static bool told;

	told = told || sigtimedwait(&endings, NULL, &(struct timespec){ seconds, 0 }) > 0;
	return told;
}

int
ending_descriptor(void)
{
	return descriptor;
}
