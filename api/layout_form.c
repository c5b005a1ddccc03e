/* layout_form.c: the parts of pages that people fill in and send. */
#include <string.h>

#include "api/html.h"
#include "api/layout.h"
#include "api/layout_texts.h"

void
layout_form(const struct layout *l, const char *address)
{
	buffer_string(l->out, "<form method=\"post\" action=\"");
	html_write_text(l->out, address);
	buffer_string(l->out, "\">\n");
}

void
layout_form_end(const struct layout *l)
{
	buffer_string(l->out, "</form>\n");
}

static const char *
id_of(const struct field *field)
{
	return field->id == NULL ? field->name : field->id;
}

/* Whether a fault is about a field, or an item of it. */
static bool
is_about(const struct fault *fault, const char *name)
{
	size_t length = strlen(name);

	return fault->pointer != NULL && strncmp(fault->pointer + 1, name, length) == 0 &&
	    (fault->pointer[1 + length] == '\0' || fault->pointer[1 + length] == '/');
}

static const struct fault *
fault_of(const struct layout *l, const struct field *field)
{
	for (size_t i = 0; l->typed != NULL && i < l->faults->count && i < FAULTS_MAX; i++)
		if (is_about(&l->faults->items[i], field->name))
			return &l->faults->items[i];
	return NULL;
}

/* What a fault means to people; the sentences of the contract are for developers. */
static const char *
fault_words(const struct layout *l, const struct fault *fault)
{
	static const struct {
		const char *code;
		enum layout_text text;
	} codes[] = {
		{ "required", LAYOUT_FAULT_MISSING },
		{ "too_short", LAYOUT_FAULT_MISSING },
		{ "too_long", LAYOUT_FAULT_LONG },
	};
	enum layout_text text = LAYOUT_FAULT_OTHER;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, fault->code) == 0)
			text = codes[i].text;
	return layout_words(l, layout_texts[text]);
}

/* The hint and the fault of a field, which its control refers to. */
static void
write_notes(const struct layout *l, const struct field *field, const struct fault *fault)
{
	if (field->hint != NULL)
		buffer_printf(l->out, "<span class=\"hint\" id=\"%s-hint\">%s</span>\n",
		    id_of(field), layout_words(l, field->hint));
	if (fault != NULL)
		buffer_printf(l->out, "<span class=\"fault\" id=\"%s-fault\">%s</span>\n",
		    id_of(field), fault_words(l, fault));
}

static void
write_references(const struct layout *l, const struct field *field, const struct fault *fault)
{
	if (field->hint != NULL || fault != NULL)
		buffer_printf(l->out, " aria-describedby=\"%s%s%s%s%s\"",
		    field->hint == NULL ? "" : id_of(field), field->hint == NULL ? "" : "-hint ",
		    fault == NULL ? "" : id_of(field), fault == NULL ? "" : "-fault",
		    fault == NULL ? "" : "\" aria-invalid=\"true");
}

static void
write_label(const struct layout *l, const struct field *field)
{
	buffer_printf(
	    l->out, "<label for=\"%s\">%s</label>\n", id_of(field), layout_words(l, field->label));
}

/* What was typed in, else what is there. */
static const char *
value_of(const struct layout *l, const struct field *field)
{
	const char *typed = json_string_value(json_object_get(l->typed, field->name));

	if (l->typed != NULL)
		return typed == NULL ? "" : typed;
	return field->value == NULL ? "" : field->value;
}

/* Begins a control: its name, its notes, and what is asked of it. */
static void
write_control(const struct layout *l, const struct field *field, const char *element)
{
	const struct fault *fault = fault_of(l, field);

	buffer_string(l->out, "<div class=\"field\">\n");
	write_label(l, field);
	write_notes(l, field, fault);
	buffer_printf(l->out, "<%s id=\"%s\" name=\"%s\"%s", element, id_of(field), field->name,
	    field->is_needed ? " required" : "");
	if (field->most > 0)
		buffer_printf(l->out, " maxlength=\"%d\"", field->most);
	write_references(l, field, fault);
}

void
layout_input(const struct layout *l, const struct field *field)
{
	write_control(l, field, "input");
	buffer_printf(l->out, " type=\"%s\" autocomplete=\"%s\" value=\"", field->type,
	    field->completion == NULL ? "off" : field->completion);
	html_write_text(l->out, value_of(l, field));
	buffer_string(l->out, "\">\n</div>\n");
}

/* A line feed right behind the tag would be dropped, so there is one of ours. */
void
layout_area(const struct layout *l, const struct field *field)
{
	write_control(l, field, "textarea");
	buffer_string(l->out, " rows=\"5\">\n");
	html_write_text(l->out, value_of(l, field));
	buffer_string(l->out, "</textarea>\n</div>\n");
}

static bool
is_chosen(
    const struct layout *l, const struct field *field, const json_t *values, const char *value)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(values))
		return strcmp(value_of(l, field), value) == 0;
	json_array_foreach(values, i, item)
		if (strcmp(json_string_value(item), value) == 0)
			return true;
	return false;
}

void
layout_select(
    const struct layout *l, const struct field *field, const struct option *options, size_t count)
{
	write_control(l, field, "select");
	buffer_string(l->out, ">\n");
	for (size_t i = 0; i < count; i++)
		buffer_printf(l->out, "<option value=\"%s\"%s>%s</option>\n", options[i].value,
		    strcmp(value_of(l, field), options[i].value) == 0 ? " selected" : "",
		    layout_words(l, options[i].label));
	buffer_string(l->out, "</select>\n</div>\n");
}

void
layout_hidden(const struct layout *l, const char *name, const char *value)
{
	buffer_printf(l->out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	html_write_text(l->out, value);
	buffer_string(l->out, "\">\n");
}

static void
write_option(const struct layout *l, const struct field *field, const char *type,
    const struct option *option, bool is_checked, size_t number)
{
	buffer_printf(l->out, "<div><input type=\"%s\" id=\"%s", type, field->name);
	if (number > 0)
		buffer_printf(l->out, "-%zu", number);
	buffer_printf(l->out, "\" name=\"%s\" value=\"%s\"%s><label for=\"%s", field->name,
	    option->value, is_checked ? " checked" : "", field->name);
	if (number > 0)
		buffer_printf(l->out, "-%zu", number);
	buffer_printf(l->out, "\">%s</label></div>\n", layout_words(l, option->label));
}

static void
write_options(const struct layout *l, const struct field *field, const char *type,
    const json_t *values, const struct option *options, size_t count)
{
	const struct fault *fault = fault_of(l, field);

	buffer_string(l->out, "<fieldset");
	write_references(l, field, fault);
	buffer_printf(l->out, ">\n<legend>%s</legend>\n", layout_words(l, field->label));
	write_notes(l, field, fault);
	for (size_t i = 0; i < count; i++)
		write_option(
		    l, field, type, &options[i], is_chosen(l, field, values, options[i].value), i);
	buffer_string(l->out, "</fieldset>\n");
}

void
layout_choice(
    const struct layout *l, const struct field *field, const struct option *options, size_t count)
{
	write_options(l, field, "radio", NULL, options, count);
}

void
layout_choices(
    const struct layout *l, const struct field *field, const struct option *options, size_t count)
{
	const json_t *typed = json_object_get(l->typed, field->name);
	json_t *values = typed != NULL && json_is_array(typed) ?
	    json_deep_copy(typed) :
	    json_loads(l->typed == NULL && field->value != NULL ? field->value : "[]", 0, NULL);

	write_options(l, field, "checkbox", values, options, count);
	json_decref(values);
}

void
layout_button(const struct layout *l, const char *const *words, const char *class)
{
	buffer_printf(l->out, "<button class=\"%s\">%s</button>\n", class, layout_words(l, words));
}

void
layout_button_to(const struct layout *l, const char *address, const char *const *words)
{
	buffer_string(l->out, "<button formnovalidate formaction=\"");
	html_write_text(l->out, address);
	buffer_printf(l->out, "\">%s</button>\n", layout_words(l, words));
}

void
layout_deed(
    const struct layout *l, const char *address, const char *const *words, const char *class)
{
	layout_form(l, address);
	layout_button(l, words, class);
	layout_form_end(l);
}
