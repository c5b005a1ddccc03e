/* referred.c: the pages of referrals: what a code is for, and what leaders say came of it. */
#include <string.h>

#include "api/handlers.h"
#include "api/pages.h"
#include "api/referral_codes.h"
#include "api/referral_texts.h"
#include "api/visitor.h"
#include "api_sql.h"

/* Whether anybody has such a code is not looked at: so nobody learns it. */
enum problem
referral_show(struct request *req)
{
	const char *code = request_parameter(req, "referral_code");
	struct layout l = pages_layout(req, NULL, NULL);

	if (referral_code_hash(req->arena, code) == NULL)
		return PROBLEM_NOT_FOUND;
	layout_begin(&l, referral_texts[REFERRAL_CODE_HEADING], NULL);
	layout_facts(&l);
	layout_fact(&l, referral_texts[REFERRAL_CODE], code);
	layout_facts_end(&l);
	layout_text(&l, referral_texts[REFERRAL_CODE_HINT]);
	layout_text(&l, referral_texts[REFERRAL_CODE_CONSENT]);
	layout_end(&l);
	return PROBLEM_NONE;
}

/* What leaders can say: an action, and after a full stop the reason. */
/* clang-format off */
static const struct {
	const char *step;
	enum referral_text text;
} steps[] = {
	{ "accept",              REFERRED_ACCEPT             },
	{ "start",               REFERRED_START              },
	{ "complete",            REFERRED_COMPLETE           },
	{ "hold.no_capacity",    REFERRED_HOLD_CAPACITY      },
	{ "hold.group_pauses",   REFERRED_HOLD_GROUP         },
	{ "hold.person_pauses",  REFERRED_HOLD_PERSON        },
	{ "hold.unreachable",    REFERRED_HOLD_UNREACHABLE   },
	{ "reject.no_capacity",  REFERRED_REJECT_CAPACITY    },
	{ "reject.not_suitable", REFERRED_REJECT_SUITABLE    },
	{ "reject.unreachable",  REFERRED_REJECT_UNREACHABLE },
	{ "fail.not_suitable",   REFERRED_FAIL_SUITABLE      },
	{ "fail.unreachable",    REFERRED_FAIL_UNREACHABLE   },
	{ "fail.person_withdrew", REFERRED_FAIL_PERSON       },
	{ "fail.group_ended",    REFERRED_FAIL_GROUP         },
};
/* clang-format on */

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

/* Whether the published table has its action among those that are possible. */
static bool
is_possible(struct request *req, const char *possible, const char *step)
{
	const char *action = arena_copy(req->arena, step, strcspn(step, "."));

	return strstr(possible, action) != NULL;
}

static void
write_form(struct request *req, const struct layout *l, const struct rows *rows, size_t row)
{
	struct option options[STEP_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < STEP_COUNT; i++)
		if (is_possible(req, rows_text(rows, row, "steps"), steps[i].step))
			options[count++] =
			    (struct option){ steps[i].step, referral_texts[steps[i].text] };
	layout_form(l, req->home);
	layout_hidden(l, "referral_id", rows_text(rows, row, "id"));
	layout_select(l,
	    &(struct field){
		.name = "step",
		.id = arena_printf(req->arena, "step-%zu", row),
		.label = referral_texts[REFERRED_STEP],
		.value = options[0].value,
		.is_needed = true,
	    },
	    options, count);
	layout_button(l, referral_texts[REFERRED_SAVE], "action");
	layout_form_end(l);
}

static void
write_referral(struct request *req, const struct layout *l, const struct rows *rows, size_t row)
{
	const char *const *state = referral_state_words(rows_text(rows, row, "state"));

	buffer_string(l->out, "<article>\n");
	layout_heading(l, pages_moment(l, rows, row, "redeemed"));
	layout_facts(l);
	layout_fact(l, referral_texts[REFERRED_FOR], pages_moment(l, rows, row, "starts"));
	layout_fact(l, referral_texts[REFERRED_STATE], layout_words(l, state));
	layout_facts_end(l);
	if (rows_text(rows, row, "steps") != NULL)
		write_form(req, l, rows, row);
	buffer_string(l->out, "</article>\n");
}

static enum problem
show(struct request *req, const struct visitor *visitor)
{
	struct layout l = pages_layout(req, visitor->path, visitor->language);
	struct rows *rows = request_query(req, STATEMENT(REFERRED_LIST));

	if (rows_count(rows) == 0) {
		req->home = NULL;
		return PROBLEM_NOT_FOUND;
	}
	l.typed = NULL; /* what was chosen for one of them is no choice for another */
	layout_begin(&l, referral_texts[REFERRED_HEADING], NULL);
	layout_text(&l, referral_texts[REFERRED_HINT]);
	layout_section(&l, referral_texts[REFERRED_SINCE], NULL);
	if (rows_text(rows, 0, "id") == NULL)
		layout_text(&l, referral_texts[REFERRED_NONE]);
	else
		for (size_t row = 0; row < rows_count(rows); row++)
			write_referral(req, &l, rows, row);
	layout_section_end(&l);
	layout_end(&l);
	return PROBLEM_NONE;
}

enum problem
referred_show(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_REFERRALS);

	return show(req, &visitor);
}

/* What is not possible any more, because somebody was quicker, the page shows. */
enum problem
referred_answer(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_REFERRALS);
	struct rows *rows;

	if (pages_has_faults(req))
		return show(req, &visitor);
	request_bind(
	    req, "referral_id", json_string_value(json_object_get(req->body, "referral_id")));
	request_bind(req, "step", json_string_value(json_object_get(req->body, "step")));
	rows = request_query(req, STATEMENT(REFERRED_STEP));
	if (rows_count(rows) == 0 || strcmp(rows_text(rows, 0, "problem"), "not-found") == 0)
		return PROBLEM_NOT_FOUND;
	return pages_see(req, req->home);
}
