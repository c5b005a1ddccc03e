/* main.c: runde-api: sets Kore up, and each of its workers. */
#include <arpa/inet.h>
#include <kore/kore.h>
#include <kore/seccomp.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/assets.h"
#include "api/certificate.h"
#include "api/edge.h"
#include "api/guesses.h"
#include "api/handlers.h"
#include "api/loop.h"
#include "api/poke.h"
#include "api/tls.h"
#include "api_sql.h"
#include "core/clock.h"
#include "core/secrets.h"

#define DRAIN_MS       3000
#define FILES_BESIDES  256 /* descriptors that are not clients */
#define QUEUE_WAIT_MS  400 /* with ANSWER_WAIT_MS below two seconds */
#define STATEMENT_MS   900
#define ANSWER_WAIT_MS 1100

/* Kore's configuration file: empty, for all is set below. */
u_int8_t asset_builtin_kore_conf[1];
u_int32_t asset_len_builtin_kore_conf;

void kore_parent_configure(int argc, char **argv);
void kore_worker_configure(void);
void kore_worker_teardown(void);
void edge_connect(struct connection *connection);

#ifdef __SANITIZE_ADDRESS__
#define SANITIZER_CALLS                                                                   \
	KORE_SYSCALL_ALLOW(clone), KORE_SYSCALL_ALLOW(prctl), KORE_SYSCALL_ALLOW(ptrace), \
	    KORE_SYSCALL_ALLOW(wait4), KORE_SYSCALL_ALLOW(sched_yield),                   \
	    KORE_SYSCALL_ALLOW(getppid), KORE_SYSCALL_ALLOW(rt_sigpending),               \
	    KORE_SYSCALL_ALLOW(process_vm_readv), KORE_SYSCALL_ALLOW(pipe),               \
	    KORE_SYSCALL_ALLOW(pipe2), KORE_SYSCALL_ALLOW(sched_getaffinity),
#else
#define SANITIZER_CALLS
#endif

/* What libpq, the resolver and the C library need beyond what Kore allows its workers. */
KORE_SECCOMP_FILTER("runde", KORE_SYSCALL_ALLOW(socket), KORE_SYSCALL_ALLOW(connect),
    KORE_SYSCALL_ALLOW(getsockopt), KORE_SYSCALL_ALLOW(getsockname),
    KORE_SYSCALL_ALLOW(getpeername), KORE_SYSCALL_ALLOW(bind), KORE_SYSCALL_ALLOW(shutdown),
    KORE_SYSCALL_ALLOW(sendmsg), KORE_SYSCALL_ALLOW(recvmsg), KORE_SYSCALL_ALLOW(sendmmsg),
    KORE_SYSCALL_ALLOW(newfstatat), KORE_SYSCALL_ALLOW(statx), KORE_SYSCALL_ALLOW(getdents64),
    KORE_SYSCALL_ALLOW(uname), KORE_SYSCALL_ALLOW(mremap), KORE_SYSCALL_ALLOW(gettid),
    KORE_SYSCALL_ALLOW(tgkill), KORE_SYSCALL_ALLOW(getegid), KORE_SYSCALL_ALLOW(getgid),
    KORE_SYSCALL_ALLOW(gettimeofday), KORE_SYSCALL_ALLOW(pread64), KORE_SYSCALL_ALLOW(sysinfo),
    KORE_SYSCALL_ALLOW(prlimit64), KORE_SYSCALL_ALLOW(dup),
    KORE_SYSCALL_ALLOW_ARG(prctl, 0, PR_SET_PDEATHSIG),
    SANITIZER_CALLS KORE_SYSCALL_ALLOW(exit_group))

/* clang-format off */
static const struct named_handler handlers[] = {
#define X(name) { #name, name },
	HANDLERS(X)
#undef X
	{ NULL, NULL },
};
/* clang-format on */

#ifdef __SANITIZE_ADDRESS__
/* The search for leaks needs calls that no sandbox should allow; unit tests and fuzzers make it. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static struct arena *process;
static struct config config;
static struct service service = { .config = &config };
static struct kore_server *server;
static SSL_CTX *tls; /* or NULL */

static _Noreturn void
give_up(const char *why)
{
	fprintf(stderr, "runde-api: %s\n", why);
	exit(1);
}

/*
 * Each worker has a socket of its own at the same port: the kernel spreads connections over them.
 */
static void
listen_once(const struct addrinfo *address, const char *port)
{
	struct listener *listener = kore_listener_create(server);
	int on = 1;

	listener->host = kore_strdup(config.listen);
	listener->port = kore_strdup(port);
	if (!kore_listener_init(listener, address->ai_family, "edge_connect") ||
	    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
	    bind(listener->fd, address->ai_addr, address->ai_addrlen) != 0 ||
	    listen(listener->fd, SOMAXCONN) != 0)
		give_up("cannot listen");
}

/* A port that is shared among our workers must not be shared with a server that runs already. */
static void
make_sure_it_is_free(const struct addrinfo *address)
{
	int on = 1, probe = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (probe < 0 || setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(probe, address->ai_addr, address->ai_addrlen) != 0)
		give_up("cannot listen: is something else using the port?");
	close(probe);
}

static void
listen_for_all_workers(void)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	const char *port = arena_printf(process, "%zu", config.port);
	struct addrinfo *addresses;

	if (getaddrinfo(config.listen, port, &hints, &addresses) != 0)
		give_up("RUNDE_LISTEN is not an address");
	make_sure_it_is_free(addresses);
	for (size_t i = 0; i < config.workers; i++)
		listen_once(addresses, port);
	freeaddrinfo(addresses);
	nlisteners = 0; /* so that Kore's workers do not take turns at accepting */
}

/* In each worker: from here on its connections begin with a handshake. */
static void
encrypt(void)
{
	struct kore_domain *domain = kore_domain_new("*");

	server->tls = 1; /* before the domain is attached, which makes it the one that counts */
	if (!kore_domain_attach(domain, server))
		give_up("TLS cannot be set up");
	domain->ssl_ctx = tls;
}

static void
set_kore_up(void)
{
	bool is_root = getuid() == 0;

	if (is_root && config.user[0] != '\0')
		kore_runas_user = kore_strdup(config.user);
	skip_runas = kore_runas_user == NULL;
	skip_chroot = 1;
	kore_quiet = 1;
	kore_foreground = 1;
	worker_count = (u_int8_t)config.workers;
	worker_max_connections = (u_int32_t)config.connections;
	worker_rlimit_nofiles = (u_int32_t)(config.connections + FILES_BESIDES);
	worker_accept_threshold = 0;
	worker_set_affinity = 0;
	kore_pidfile = arena_printf(process, "%s/runde-api.pid", config.home);
	server = kore_server_create("runde");
	server->tls = 0;
	listen_for_all_workers();
}

/* Called in the parent, before there are workers. */
void
kore_parent_configure(int argc, char **argv)
{
	const char *error;

	(void)argc;
	(void)argv;
	process = arena_new();
	if ((error = config_read(&config)) != NULL ||
	    (error = secrets_open(process, config.key_file)) != NULL)
		give_up(error);
	if (config.clock_file[0] != '\0' && !clock_follow(config.clock_file))
		give_up("RUNDE_CLOCK_FILE cannot be read");
	service.contract = contract_read(
	    process, asset_openapi, (size_t)(asset_openapi_end - asset_openapi), handlers, &error);
	if (service.contract == NULL)
		give_up(error);
	if (config.tls_certificate[0] != '\0' &&
	    (tls = tls_open(config.tls_certificate, config.tls_key)) == NULL)
		give_up("RUNDE_TLS_CERTIFICATE and RUNDE_TLS_KEY cannot be used");
	if (tls != NULL && config.client_certificates == 1)
		tls_ask_clients(tls);
	if (config.client_ca[0] != '\0' && !certificate_trust(config.client_ca))
		give_up("RUNDE_CLIENT_CA cannot be read");
	service.is_encrypted = tls != NULL;
	quota_open();
	guesses_open();
	prctl(PR_SET_DUMPABLE, 0); /* memory holds what people told us in confidence */
	set_kore_up();
}

/* Leaves the worker its own listener only; the others stay open for their workers. */
static void
keep_own_listener(void)
{
	struct listener *listener, *next;
	int index = (int)config.workers;

	for (listener = LIST_FIRST(&server->listeners); listener != NULL; listener = next) {
		next = LIST_NEXT(listener, list);
		if (index-- != worker->id)
			LIST_REMOVE(listener, list);
	}
}

/* Called in each worker, behind its sandbox. */
void
kore_worker_configure(void)
{
	const struct db_pool_settings settings = {
		.conninfo = config.database,
		.role = "runde_api",
		.statements = statements,
		.statement_count = SQL_COUNT,
		.connections = { [LANE_READ] = config.db_readers,
		    [LANE_SEARCH] = config.db_searchers,
		    [LANE_WRITE] = config.db_writers,
		    [LANE_BULK] = 1 },
		.queue_limit = config.db_queue,
		.queue_timeout_ms = QUEUE_WAIT_MS,
		.statement_timeout_ms = STATEMENT_MS,
		.answer_timeout_ms = ANSWER_WAIT_MS,
	};

	prctl(
	    PR_SET_PDEATHSIG, SIGQUIT); /* nobody would start a worker again whose parent is gone */
	keep_own_listener();
	if (tls != NULL)
		encrypt();
	service.pool = db_pool_new(process, &loop_for_db, &settings);
	loop_every(POKE_MS, poke_again, service.pool);
	edge_open(&service);
}

/* Kore ends the worker after this: what is being answered is answered first. */
void
kore_worker_teardown(void)
{
	uint64_t deadline = clock_monotonic() + DRAIN_MS;

	kore_platform_disable_accept();
	edge_drain();
	while (edge_is_busy() && clock_monotonic() < deadline) {
		kore_platform_event_wait(20);
		kore_timer_run(kore_time_ms());
		kore_connection_prune(KORE_CONNECTION_PRUNE_DISCONNECT);
	}
}
