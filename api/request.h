/* request.h: one request on its way: what was asked, by whom, and what handlers do with it. */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <jansson.h>

#include "api/contract.h"
#include "api/quota.h"
#include "api/reader.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/db_pool.h"

#define BINDINGS_MAX 24

/* What all requests of a worker share. */
struct service {
	const struct config *config;
	const struct contract *contract;
	struct db_pool *pool;
	bool is_encrypted; /* TLS is ours, not a proxy's */
};

/* Who is asking. What a kind of caller does not have is NULL. */
struct caller {
	enum caller_kind kind;
	bool has_bad_key; /* which is not the same as none */
	const char *client_id;
	const char *organisations; /* what it may write, as a PostgreSQL array literal; or NULL */
	scope_set scopes;
	const char *person_id; /* of persons and leaders */
	const char *group_id;  /* which the leader leads, or where the person is known */
	uint64_t account; /* whose quota the request is taken from, and whose turn it waits for */
	size_t requests_per_minute; /* that are this client's; 0: as for everybody */
};

/* What will be answered. */
struct reply {
	int status;
	const char *type;
	struct buffer fields; /* further header lines, each with its CRLF */
	struct buffer body;
	const char *etag;     /* with its quotes, or NULL */
	int64_t modified;     /* seconds since 1970; 0: nobody knows */
	const char *location; /* or NULL */
	const char *language; /* or NULL */
	const char *policy;   /* Content-Security-Policy of a page, or NULL */
	bool is_packed;       /* the body is in gzip already, and the ETag says so */
	bool is_private;      /* not for anybody, although nobody needs a key */
	bool closes;          /* the connection, after it */
	bool lacks_values;    /* some were sealed and did not open */
};

struct request {
	/* Given by the edge. */
	struct arena *arena; /* of all that is made for it: handlers free nothing */
	const struct service *service;
	const struct http_message *message;
	const char *address;              /* of the peer, as text */
	const unsigned char *certificate; /* that the peer showed when TLS began, as DER; or NULL */
	size_t certificate_length;
	void (*finished)(struct request *request);
	void *link;

	/* Found out on the way. */
	const char *id;
	const struct route *route;
	const struct operation *operation; /* NULL until the route is known */
	const char *path_values[SEGMENTS_MAX];
	const char *values[PARAMETERS_MAX]; /* as bound, beside operation->parameters */
	struct caller caller;
	struct quota quota;
	enum problem problem; /* why it failed, or PROBLEM_NONE */
	const char *language;
	const char *if_match;  /* revisions as an array literal, or NULL for any */
	struct rows *document; /* PATCH: what is to be changed */
	json_t *body;
	const char *body_text;
	struct faults *faults;
	const char *detail; /* of the problem, if there is more to say than its title */
	const char *home;   /* of a page: the link that a problem leads back to, or NULL */
	struct reply reply;

	/* serve.c's own. */
	enum problem (*work)(struct request *request);
	void (*ended)(struct request *request);

	/* request.c's own. */
	struct {
		const char *name;
		const char *value;
	} bindings[BINDINGS_MAX];
	size_t binding_count;
	struct db_lease *lease;
	struct db_question question;
	bool is_waiting;
	void (*forget)(void *waited_for); /* when the request goes while it waits */
	void *waited_for;
	struct coroutine *coroutine;
};

#define STATEMENT(name) (&statements[SQL_##name])

/*
 * Runs a statement with its parameters bound by name (see bindings.h) and waits for the rows, while
 * other requests go on. Does not return when it fails, or when its first row has a column _problem
 * that is not null.
 */
struct rows *request_query(struct request *request, const struct statement *statement);

/*
 * Waits until somebody calls request_resume; forget(waited_for) is called instead if the client
 * goes before that.
 */
void request_wait(struct request *request, void (*forget)(void *waited_for), void *waited_for);
void request_resume(struct request *request);

/* A value for a statement's parameter, beyond those that are there anyhow. */
void request_bind(struct request *request, const char *name, const char *value);

/* The value of one of the operation's parameters, or NULL. */
const char *request_parameter(const struct request *request, const char *name);

/* From here on, all statements run in one transaction. Without request_commit it is rolled back. */
void request_begin(struct request *request);
void request_commit(struct request *request);

/* Ends the request with a problem; does not return. */
_Noreturn void request_fail(struct request *request, enum problem problem);

/*
 * Runs work(request) on a stack of its own, then ended(request), now or later; what work returned,
 * or the problem it failed with, is in problem by then.
 */
void request_start(struct request *request);

/* The client has gone: the request ends where it waits, ended is not called. */
void request_abandon(struct request *request);

/*
 * One line for the operator: the request's id and operation, and what happened, never its content.
 */
void request_log(const struct request *request, const char *what, const char *detail);

#endif
