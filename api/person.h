/* person.h: personal data on their way in: sealed here, before anything else happens to them. */
#ifndef API_PERSON_H
#define API_PERSON_H

#include "api/request.h"
#include "core/sealing.h"

/* Somebody whom we did not know before, or whose key was looked up. */
struct person {
	struct request *request;
	const char *id;          /* of their registration, leader or thread of messages too */
	struct sealing_key *key; /* in the arena: it is forgotten after the stack has gone */
	json_t *row;             /* what goes to the database instead of the body */
};

/*
 * A new person with a key of their own. The row begins as what the body has beside what is
 * personal (contact, message, name, pseudonym, text) and beside the proof; then id, wrapping_id and
 * wrapped.
 */
void person_init(struct person *person, struct request *request);

/* Somebody whose keys a row of the database has (_person, _wrapping_id, _wrapping, _wrapped). */
void person_open(struct person *person, struct request *request, const struct rows *rows);

/* Adds a member of the body to the row, sealed; nothing if the body does not have it. */
void person_seal(struct person *person, const char *member);

/* The same under the name of its column, which is also the name in the row. */
void person_seal_as(struct person *person, const char *column, const char *member);

/* The same sealed for a row other than the person's own. */
const char *person_seal_for(struct person *person, const char *row, const char *member);

/*
 * Adds the contact, sealed, and how an address is found again: email_hash within the group, address
 * anywhere. Nothing if there is none.
 */
void person_seal_contact(struct person *person, const char *email, const char *group_id);

/* Adds a new capability of the person to the row, and returns what its bearer sends. */
const char *person_grant(struct person *person);

/* The row as JSON text. */
const char *person_row(struct person *person);

/* The blind index of an address in a group, as a bytea. */
const char *person_email_hash(struct request *request, const char *email, const char *group_id);

/* The same for an address anywhere, but only of this day: by it mails to an address are counted. */
const char *person_address_hash(struct request *request, const char *email);

/* The keyed hash of a token, as a bytea. */
const char *person_token_hash(struct request *request, const char *token);

#endif
