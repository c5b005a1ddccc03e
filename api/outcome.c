/* outcome.c: problems as FHIR tells them: OperationOutcome. */
#include <stdbool.h>
#include <string.h>

#include "api/outcome.h"
#include "core/json.h"

/* By status where the problem does not say more; the first that fits. */
/* clang-format off */
static const struct {
	int status;
	enum problem problem; /* PROBLEM_NONE: any with this status */
	const char *type;
} types[] = {
	{ 400, PROBLEM_INVALID_PARAMETER,  "value"         },
	{ 400, PROBLEM_TOO_MANY,           "too-costly"    },
	{ 400, PROBLEM_NONE,               "structure"     },
	{ 401, PROBLEM_NONE,               "login"         },
	{ 403, PROBLEM_NONE,               "forbidden"     },
	{ 404, PROBLEM_NONE,               "not-found"     },
	{ 405, PROBLEM_NONE,               "not-supported" },
	{ 406, PROBLEM_NONE,               "not-supported" },
	{ 408, PROBLEM_NONE,               "timeout"       },
	{ 409, PROBLEM_DUPLICATE,          "duplicate"     },
	{ 409, PROBLEM_IN_PROGRESS,        "lock-error"    },
	{ 409, PROBLEM_NONE,               "business-rule" },
	{ 410, PROBLEM_NONE,               "expired"       },
	{ 412, PROBLEM_NONE,               "conflict"      },
	{ 413, PROBLEM_NONE,               "too-long"      },
	{ 414, PROBLEM_NONE,               "too-long"      },
	{ 415, PROBLEM_NONE,               "not-supported" },
	{ 422, PROBLEM_NONE,               "invalid"       },
	{ 428, PROBLEM_NONE,               "required"      },
	{ 429, PROBLEM_NONE,               "throttled"     },
	{ 431, PROBLEM_NONE,               "too-long"      },
	{ 500, PROBLEM_NONE,               "exception"     },
	{ 501, PROBLEM_NONE,               "not-supported" },
	{ 503, PROBLEM_NONE,               "transient"     },
};
/* clang-format on */

static const char *
type_of(enum problem problem)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].status == problem_status(problem) &&
		    (types[i].problem == problem || types[i].problem == PROBLEM_NONE))
			return types[i].type;
	return "processing";
}

static void
write_text(struct buffer *out, const char *text)
{
	json_write_string(out, text, strlen(text));
}

/* A pointer into the body, "/note/0/text", as a path into the resource: "note[0].text". */
static const char *
path_of(struct arena *arena, const char *pointer)
{
	char *rest = arena_strdup(arena, pointer), *part;
	struct buffer path;

	buffer_init(&path, arena, 64);
	strsep(&rest, "/");
	while ((part = strsep(&rest, "/")) != NULL) {
		bool is_index = part[0] != '\0' && part[strspn(part, "0123456789")] == '\0';

		buffer_printf(&path, is_index ? "[%s]" : path.length > 0 ? ".%s" : "%s", part);
	}
	return buffer_text(&path);
}

static void
write_place(struct buffer *out, const struct fault *fault)
{
	const char *name = fault->parameter != NULL ? "location" : "expression";
	const char *place = fault->parameter != NULL ?
	    arena_printf(out->arena, "http.%s", fault->parameter) :
	    path_of(out->arena, fault->pointer);

	if (place[0] == '\0') /* the whole body */
		return;
	buffer_printf(out, ",\"%s\":[", name);
	write_text(out, place);
	buffer_string(out, "]");
}

static void
write_issue(struct buffer *out, enum problem problem, const struct problem_context *context,
    const struct fault *fault)
{
	const char *said = fault != NULL ? fault->detail : context->detail;

	buffer_printf(out,
	    "{\"severity\":\"error\",\"code\":\"%s\",\"details\":{\"coding\":[{\"system\":",
	    type_of(problem));
	write_text(out,
	    arena_printf(
		out->arena, "%s/problems", context->base_url == NULL ? "" : context->base_url));
	buffer_printf(out, ",\"code\":\"%s\"}],\"text\":", problem_slug(problem));
	write_text(out, problem_title(problem));
	buffer_string(out, "}");
	if (said != NULL) {
		buffer_string(out, ",\"diagnostics\":");
		write_text(out, said);
	}
	if (fault != NULL)
		write_place(out, fault);
	buffer_string(out, "}");
}

void
outcome_render(struct buffer *out, enum problem problem, const struct problem_context *context)
{
	size_t count = context->faults == NULL ? 0 : context->faults->count;

	buffer_string(out, "{\"resourceType\":\"OperationOutcome\",\"issue\":[");
	if (count == 0)
		write_issue(out, problem, context, NULL);
	for (size_t i = 0; i < count && i < FAULTS_MAX; i++) {
		buffer_string(out, i == 0 ? "" : ",");
		write_issue(out, problem, context, &context->faults->items[i]);
	}
	buffer_string(out, "]}");
}
