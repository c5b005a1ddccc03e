/* coroutine.h: functions on small stacks of their own, which can wait in the middle. */
#ifndef API_COROUTINE_H
#define API_COROUTINE_H

#include <stdbool.h>

struct coroutine;

/*
 * Runs run(argument) on a stack from the pool until it yields or ends. Returns it while it is
 * waiting, NULL once it has ended (its stack is back in the pool then).
 */
struct coroutine *coroutine_start(void (*run)(void *argument), void *argument);

/* The coroutine that is running, or NULL in the event loop. */
struct coroutine *coroutine_current(void);

/* Back to whoever started or resumed the running coroutine; returns when it is resumed. */
void coroutine_yield(void);

/* Ends the running coroutine here and now; what it owns must be in an arena. */
_Noreturn void coroutine_exit(void);

/* Goes on where it yielded. False once it has ended. */
bool coroutine_resume(struct coroutine *coroutine);

/* Drops a waiting coroutine: it is never resumed. What it owns must be in an arena. */
void coroutine_abandon(struct coroutine *coroutine);

#endif
