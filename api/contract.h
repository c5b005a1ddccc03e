/* contract.h: the OpenAPI description as the server goes by it. */
#ifndef API_CONTRACT_H
#define API_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/problem.h"
#include "api/schema.h"
#include "api/target.h"
#include "core/arena.h"
#include "core/statement.h"

struct request;

/* What a key may be good for; the words of the contract. */
#define SCOPES(X)                                       \
	X(GROUPS_READ, "groups:read")                   \
	X(GROUPS_WRITE, "groups:write")                 \
	X(MEETINGS_WRITE, "meetings:write")             \
	X(REGISTRATIONS_WRITE, "registrations:write")   \
	X(REGISTRATIONS_MANAGE, "registrations:manage") \
	X(REFERRALS_WRITE, "referrals:write")           \
	X(STATISTICS_READ, "statistics:read")           \
	X(WEBHOOKS_MANAGE, "webhooks:manage")           \
	X(CHANGES_READ, "changes:read")                 \
	X(IMPORTS_WRITE, "imports:write")               \
	X(ADMIN, "admin")

enum scope {
#define X(name, word) SCOPE_##name,
	SCOPES(X) SCOPE_COUNT
#undef X
};

/* A set of scopes, one bit each. */
typedef uint32_t scope_set;
#define SCOPE_BIT(scope) ((scope_set)1 << (scope))

/*
 * The set of a PostgreSQL array literal of scope words ("{groups:read,admin}"); unknown words add
 * nothing.
 */
scope_set scopes_parse(const char *array);

/* Who may ask; the security schemes of the contract. */
#define CALLERS(X)              \
	X(NOBODY, "")           \
	X(CLIENT, "key")        \
	X(PERSON, "capability") \
	X(LEADER, "session")

enum caller_kind {
#define X(name, scheme) CALLER_##name,
	CALLERS(X) CALLER_COUNT
#undef X
};

enum parameter_place { IN_PATH, IN_QUERY, IN_HEADER };

struct parameter {
	const char *name;
	enum parameter_place place;
	bool required;
	bool is_list;          /* repeated, any of */
	bool comma_listed;     /* one value with commas instead */
	const char *otherwise; /* the default, or NULL */
	const struct schema *schema;
};

/* A handler in C fills in the reply or says why not; see request.h. */
typedef enum problem handler(struct request *request);

/* How an operation without a handler of its own is answered. */
enum manner { ONE, LIST, BUNDLE, REMOVAL };

#define PARAMETERS_MAX 32

struct operation {
	const char *name; /* "group_get": of its statement or handler, and in logs */
	const char *method;
	const char *path; /* the template */
	enum manner manner;
	handler *handler;                  /* or NULL; of a PATCH, it gets the patched whole */
	const struct statement *statement; /* or NULL */
	const struct statement *document;  /* PATCH: reads what is to be changed */
	bool is_free;                      /* does not count against a quota */
	bool ignores_keys;                 /* who asks makes no difference */
	bool is_page;                      /* for browsers; keys are in cookies, bodies are forms */
	bool is_oauth;                     /* speaks as RFC 6749 wants; what it says is not kept */
	bool takes_form;                   /* its body is one */
	bool anonymous_allowed;            /* a key is optional */
	bool allowed[CALLER_COUNT];        /* whose key, capability or session is good for it */
	scope_set scopes;                  /* any one of them is enough; 0: none is needed */
	size_t parameter_count;
	struct parameter parameters[PARAMETERS_MAX];
	const struct schema *body;   /* or NULL */
	const struct schema *whole;  /* PATCH: what the patched resource must follow */
	const char *body_type;       /* its media type */
	const char *other_body_type; /* another one that is taken as well, or NULL */
	bool idempotent_by_key;      /* takes an Idempotency-Key */
	bool needs_if_match;
	int status;             /* of success */
	const char *type;       /* media type of success */
	const char *other_type; /* which Accept may like better, or NULL; then nothing is a 406 */
};

#define METHODS_MAX  5
#define SEGMENTS_MAX TARGET_SEGMENTS_MAX

/* One path template and what can be done there. */
struct route {
	size_t segment_count;
	const char *segments[SEGMENTS_MAX]; /* a parameter's name begins with '{' */
	size_t operation_count;
	const struct operation *operations[METHODS_MAX];
};

struct contract {
	const char *version;
	size_t route_count;
	struct route *routes; /* literal segments before parameters */
	size_t operation_count;
};

struct named_handler {
	const char *name;
	handler *handler;
};

/*
 * Reads the bundled description. NULL if it promises anything that is not kept: an operation
 * without statement and handler, an unknown scope, a keyword nobody enforces; *ret_error says
 * which.
 */
const struct contract *contract_read(struct arena *arena, const char *json, size_t length,
    const struct named_handler *handlers, const char **ret_error);

/*
 * The route for a path's decoded segments, or NULL. ret_values receives those that stand for path
 * parameters, in their order.
 */
const struct route *contract_route(
    const struct contract *contract, char *const *segments, size_t count, const char **ret_values);

const struct operation *route_operation(const struct route *route, const char *method);

#endif
