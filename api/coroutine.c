/* coroutine.c: stacks from a pool, and the switch between them. */
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "api/coroutine.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE ((size_t)512 * 1024)
#else
#define STACK_SIZE ((size_t)64 * 1024)
#endif
#define GUARD_SIZE  ((size_t)4096)
#define SPARE_LIMIT 256

#ifdef __x86_64__
/*
 * The six registers that a function must keep (System V ABI, section 3.2.1) and the stack pointer.
 */
typedef void *context;
void context_switch(context *from, context *to);
__asm__(".text\n"
	".globl context_switch\n"
	".type context_switch, @function\n"
	"context_switch:\n"
	"	endbr64\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq (%rsi), %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size context_switch, .-context_switch\n");
#else
#include <ucontext.h>
typedef ucontext_t context;
#define context_switch(from, to) swapcontext(from, to)
#endif

struct coroutine {
	struct coroutine *next; /* in the pool */
	char *stack;
	void (*run)(void *argument);
	void *argument;
	bool ended;
	context self;
	context resumer;
#ifdef __SANITIZE_ADDRESS__
	void *fake_stack;
	const void *resumer_stack;
	size_t resumer_size;
	void *resumer_fake_stack;
#endif
};

static struct coroutine *current;
static struct coroutine *spare;
static size_t spare_count;

static void
switch_in(struct coroutine *c)
{
	struct coroutine *resumer = current;

	current = c;
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&c->resumer_fake_stack, c->stack, STACK_SIZE);
#endif
	context_switch(&c->resumer, &c->self);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(c->resumer_fake_stack, NULL, NULL);
#endif
	current = resumer;
}

static void
switch_out(struct coroutine *c)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(
	    c->ended ? NULL : &c->fake_stack, c->resumer_stack, c->resumer_size);
#endif
	context_switch(&c->self, &c->resumer);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(c->fake_stack, &c->resumer_stack, &c->resumer_size);
#endif
}

static void
trampoline(void)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(NULL, &current->resumer_stack, &current->resumer_size);
#endif
	current->run(current->argument);
	coroutine_exit();
}

static void
prime(struct coroutine *c)
{
#ifdef __x86_64__
	void **top = (void **)(c->stack + STACK_SIZE);

	/* The return address of trampoline, which does not return; keeps the alignment. */
	*--top = NULL;
	*--top = (void *)trampoline;
	for (int i = 0; i < 6; i++)
		*--top = NULL;
	c->self = top;
#else
	getcontext(&c->self);
	c->self.uc_stack.ss_sp = c->stack;
	c->self.uc_stack.ss_size = STACK_SIZE;
	c->self.uc_link = NULL;
	makecontext(&c->self, trampoline, 0);
#endif
}

static struct coroutine *
coroutine_new(void)
{
	struct coroutine *c = spare;
	char *memory;

	if (c != NULL) {
		spare = c->next;
		spare_count--;
		return c;
	}
	memory = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, GUARD_SIZE, PROT_NONE) != 0 ||
	    (c = calloc(1, sizeof(*c))) == NULL)
		abort();
	c->stack = memory + GUARD_SIZE;
	return c;
}

static void
coroutine_release(struct coroutine *c)
{
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(c->stack, STACK_SIZE);
#endif
	if (spare_count == SPARE_LIMIT) {
		munmap(c->stack - GUARD_SIZE, GUARD_SIZE + STACK_SIZE);
		free(c);
		return;
	}
	c->next = spare;
	spare = c;
	spare_count++;
}

struct coroutine *
coroutine_start(void (*run)(void *argument), void *argument)
{
	struct coroutine *c = coroutine_new();

	c->run = run;
	c->argument = argument;
	c->ended = false;
	prime(c);
	return coroutine_resume(c) ? c : NULL;
}

struct coroutine *
coroutine_current(void)
{
	return current;
}

void
coroutine_yield(void)
{
	switch_out(current);
}

void
coroutine_exit(void)
{
	current->ended = true;
	switch_out(current);
	abort();
}

bool
coroutine_resume(struct coroutine *c)
{
	switch_in(c);
	if (!c->ended)
		return true;
	coroutine_release(c);
	return false;
}

void
coroutine_abandon(struct coroutine *c)
{
	coroutine_release(c);
}
