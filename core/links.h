/* links.h: what stands in the links of mails: tokens of which nothing is stored. */
#ifndef CORE_LINKS_H
#define CORE_LINKS_H

#include <stdbool.h>

#include "core/arena.h"

/* What its holder may do; in the order of their paths, numbers are for ever. */
enum link_purpose {
	LINK_PERSON,       /* all that a person may do with what is theirs */
	LINK_NO_REMINDERS, /* to end the mails that only remind, or give an overview */
	LINK_NO_MAILS,     /* to end all mails but those that a person asks for themselves */
	LINK_ENTRY,        /* to say whether what is published of a leader's group is still right */
	LINK_REFERRALS,    /* for a leader to say what came of referrals */
	LINK_PURPOSE_COUNT,
};

struct link {
	const char *person;  /* a UUID */
	unsigned generation; /* persons.links: good as long as it is the same there */
};

/* 256 bits of a keyed hash make it good: whoever has it, has it from us. */
const char *link_token(
    struct arena *arena, enum link_purpose purpose, const char *person, unsigned generation);

/* Whether we made it, and for this. */
bool link_read(
    struct arena *arena, enum link_purpose purpose, const char *token, struct link *ret_link);

/* The page for a purpose, below the base URL; what is behind it is the token. */
const char *link_path(enum link_purpose purpose);

#endif
