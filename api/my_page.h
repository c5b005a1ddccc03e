/* my_page.h: the page on which a person sees what is theirs, and changes it. */
#ifndef API_MY_PAGE_H
#define API_MY_PAGE_H

#include "api/visitor.h"

/* What the page is made of; registration and thread are as the API shows them. */
struct my_page {
	struct request *request;
	struct layout layout;
	const struct visitor *visitor;
	const json_t *registration; /* or NULL */
	const json_t *feed;         /* its calendar, or NULL */
	const struct rows *about;   /* the row of my_get */
	struct rows *referral;      /* that of registration_referral_get, or none */
	const struct rows *thread;  /* or NULL: a message, and what followed */
	const char *form_key;       /* by which a form that comes twice is known */
};

/* The page of somebody who registered. */
void my_page_write_registration(struct my_page *page);

/* The page of somebody who wrote to a group. */
void my_page_write_thread(struct my_page *page);

/* The page of a leader: where they sign in. */
void my_page_write_leader(struct my_page *page);

/* What these have in common: how people are written to, and what they can do with their data. */
void my_page_write_wishes(struct my_page *page, bool has_reminders);
void my_page_write_data(struct my_page *page);

/* The calendar of whoever registered: to be made, changed and ended. */
void my_page_write_calendar(struct my_page *page);

/* A form in which something is written, at a path below the page's. */
void my_page_write_message(struct my_page *page);

/* A link to something below the page's own path ("/data"). */
const char *my_page_link(const struct my_page *page, const char *below);

#endif
