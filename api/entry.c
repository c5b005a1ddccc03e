/* entry.c: the page on which a leader says whether what is published of a group is right. */
#include <string.h>

#include "api/entry_texts.h"
#include "api/handlers.h"
#include "api/pages.h"
#include "api/visitor.h"
#include "api_sql.h"

static void
write_published(const struct layout *l, const struct rows *entry)
{
	const char *description = rows_text(entry, 0, "description");

	layout_section(l, entry_texts[ENTRY_PUBLISHED], NULL);
	layout_facts(l);
	layout_fact(l, entry_texts[ENTRY_SUMMARY], rows_text(entry, 0, "summary"));
	layout_fact(l, entry_texts[ENTRY_TOPICS], rows_text(entry, 0, "topics"));
	layout_fact(l, entry_texts[ENTRY_TIMES], rows_text(entry, 0, "times"));
	layout_fact(l, entry_texts[ENTRY_NEXT], pages_moment(l, entry, 0, "next"));
	layout_fact(l, entry_texts[ENTRY_PLACE], rows_text(entry, 0, "place"));
	layout_fact(l, entry_texts[ENTRY_CONTACT], rows_text(entry, 0, "contact"));
	layout_fact(l, entry_texts[ENTRY_WEBSITE], rows_text(entry, 0, "website"));
	layout_fact(l, entry_texts[ENTRY_VERIFIED], pages_moment(l, entry, 0, "verified"));
	layout_facts_end(l);
	if (description != NULL)
		layout_quote(l, description);
	layout_section_end(l);
}

static void
write_keeper(const struct layout *l, const struct rows *entry)
{
	layout_section(l, entry_texts[ENTRY_CHANGE], NULL);
	layout_text(l, entry_texts[ENTRY_CHANGE_HINT]);
	layout_facts(l);
	layout_fact(l, entry_texts[ENTRY_KEEPER], rows_text(entry, 0, "keeper"));
	layout_fact(l, entry_texts[ENTRY_EMAIL], rows_text(entry, 0, "keeper_email"));
	layout_fact(l, entry_texts[ENTRY_PHONE], rows_text(entry, 0, "keeper_phone"));
	layout_fact(l, entry_texts[ENTRY_WEBSITE], rows_text(entry, 0, "keeper_website"));
	layout_facts_end(l);
	layout_section_end(l);
}

static void
write_answer(const struct layout *l, struct request *req, const char *answer,
    const char *const *words, const char *class)
{
	layout_form(l, req->home);
	layout_hidden(l, "answer", answer);
	layout_button(l, words, class);
	layout_form_end(l);
}

static void
write_gone(const struct layout *l, struct request *req)
{
	layout_section(l, entry_texts[ENTRY_GONE_HEADING], NULL);
	layout_text(l, entry_texts[ENTRY_GONE_HINT]);
	write_answer(l, req, "gone", entry_texts[ENTRY_GONE], "danger");
	layout_section_end(l);
}

/* What is published, and the answers that there are to it. */
static void
write_entry(const struct layout *l, struct request *req, const struct rows *entry)
{
	const char *state = rows_text(entry, 0, "state");
	bool is_gone = strcmp(state, "gone") == 0, is_due = strcmp(state, "due") == 0;

	layout_begin(l, entry_texts[ENTRY_HEADING], rows_text(entry, 0, "name"));
	layout_text(l, entry_texts[is_gone ? ENTRY_IS_GONE : is_due ? ENTRY_DUE : ENTRY_IS_RIGHT]);
	write_published(l, entry);
	if (is_due)
		write_answer(l, req, "right", entry_texts[ENTRY_RIGHT], "action");
	write_keeper(l, entry);
	if (!is_gone)
		write_gone(l, req);
	layout_end(l);
}

static enum problem
show(struct request *req, const struct visitor *visitor)
{
	struct layout l = pages_layout(req, visitor->path, visitor->language);
	struct rows *entry;

	request_bind(req, "in_language", language_tag(l.language));
	entry = request_query(req, STATEMENT(ENTRY_GET));
	if (rows_count(entry) == 0) {
		req->home = NULL;
		return PROBLEM_NOT_FOUND;
	}
	write_entry(&l, req, entry);
	return PROBLEM_NONE;
}

enum problem
entry_show(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_ENTRY);

	return show(req, &visitor);
}

enum problem
entry_answer(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_ENTRY);

	if (pages_has_faults(req))
		return show(req, &visitor);
	request_bind(req, "answer", json_string_value(json_object_get(req->body, "answer")));
	if (rows_text(request_query(req, STATEMENT(ENTRY_ANSWER)), 0, "problem") != NULL)
		return PROBLEM_NOT_FOUND;
	return pages_see(req, req->home);
}
