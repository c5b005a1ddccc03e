/* bounces.c: reports about mails of ours, and what they mean for the addresses. */
#include <jansson.h>
#include <stdio.h>

#include "admin/bounces.h"
#include "admin/dsn.h"
#include "admin/mails.h"
#include "admin_sql.h"
#include "core/clock.h"
#include "core/envelope.h"
#include "core/sealing.h"
#include "core/secrets.h"
#include "core/suppression.h"

#define SECOND ((int64_t)1000000)
#define LIFE   ((int64_t)14 * 24 * 60 * 60) /* of a token, in seconds */

/* clang-format off */
static const char *const outcomes[] = {
	[DSN_NONE]    = "is no report",
	[DSN_NOTHING] = "nothing has failed",
	[DSN_FAILED]  = "did not arrive",
};
/* clang-format on */

/* The address of the person; false if it does not open, or there is none. */
static bool
open_address(struct context *context, const struct rows *rows, struct address *ret_address)
{
	const char *contact;
	struct sealing_key key;
	enum sealed_type type;
	json_t *members;
	bool is_right;
	size_t length;

	if (!sealing_key_of_row(rows, 0, &key))
		return false;
	contact = sealing_open(context->arena, &key, rows_text(rows, 0, "_person"), "contact",
	    rows_text(rows, 0, "contact"), &type, &length);
	secrets_forget(&key, sizeof(key));
	members = contact == NULL ? NULL : json_loads(contact, 0, NULL);
	contact = json_string_value(json_object_get(members, "email"));
	is_right = contact != NULL && address_read(context->arena, contact, ret_address);
	json_decref(members);
	return is_right;
}

static const char *
suppress(struct context *context, const struct envelope *envelope, const char *status)
{
	struct rows *rows = command_query(
	    context, &statements[SQL_CONTACT_GET], (const char *const[]){ envelope->person });
	struct address address;

	if (rows_count(rows) == 0)
		return "whose it was is gone";
	if (!open_address(context, rows, &address))
		command_fail("a contact does not open: is the key file the right one?");
	rows = command_query(context, &statements[SQL_ADDRESS_SUPPRESS],
	    (const char *const[]){ envelope->person, suppression_hash(context->arena, &address),
		status, clock_text(context->arena, envelope->sent * SECOND),
		command_now(context) });
	return rows_text(rows, 0, "counts")[0] == 't' ? "suppressed" : "was counted before";
}

static const char *
outcome_of(struct context *context, const struct dsn *dsn)
{
	const char *to = command_option(context, "--to");
	struct envelope envelope;

	if (dsn->verdict != DSN_NOBODY)
		return outcomes[dsn->verdict];
	if (!envelope_find(context->arena, context->config->mail_bounce,
		to == NULL ? dsn->recipients : to, &envelope))
		return "is not about a mail of ours";
	if (envelope.sent < clock_now() / SECOND - LIFE)
		return "comes too late";
	return suppress(context, &envelope, dsn->status);
}

static void
handle(struct context *context, const char *bytes, size_t length)
{
	struct dsn dsn = dsn_read(context->arena, bytes, length);

	printf("%-5s %s\n", dsn.status, outcome_of(context, &dsn));
}

int
bounces_read(struct context *context)
{
	if (!envelope_is_right(context->arena, context->config->mail_bounce))
		command_fail("RUNDE_MAIL_BOUNCE must be an address with {token} in it");
	mails_read(context, context->arguments[0], handle);
	return 0;
}
