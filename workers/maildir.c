/* maildir.c: a mail as a text in base64 (RFC 5322, RFC 2045), put into a Maildir. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "workers/maildir.h"

#define ADDRESS_MAX 254
#define LINE_BYTES  57 /* 76 characters of base64 */
#define WORD_BYTES  45 /* an encoded word has 75 characters (RFC 2047, section 2) */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

static void
write_base64(struct buffer *out, const char *text, size_t length)
{
	static const char digits[] = LETTERS DIGITS "+/";

	for (; length > 0; text += 3, length -= length < 3 ? length : 3) {
		unsigned a = (unsigned char)text[0];
		unsigned b = length > 1 ? (unsigned char)text[1] : 0;
		unsigned c = length > 2 ? (unsigned char)text[2] : 0;
		char four[] = { digits[a >> 2], digits[(a & 3) << 4 | b >> 4],
			length > 1 ? digits[(b & 15) << 2 | c >> 6] : '=',
			length > 2 ? digits[c & 63] : '=' };

		buffer_append(out, four, sizeof(four));
	}
}

/* How much of a text fits into one encoded word: characters stay whole. */
static size_t
word_length(const char *text)
{
	size_t length = strnlen(text, WORD_BYTES + 1);

	if (length <= WORD_BYTES)
		return length;
	for (length = WORD_BYTES; length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

/* As they are if they are plain, else encoded (RFC 2047): no byte of theirs can end a header. */
static void
write_words(struct buffer *out, const char *text)
{
	if (strspn(text, LETTERS DIGITS " ") == strlen(text)) {
		buffer_string(out, text);
		return;
	}
	for (size_t length; *text != '\0'; text += length) {
		length = word_length(text);
		buffer_string(out, "=?utf-8?B?");
		write_base64(out, text, length);
		buffer_string(out, text[length] == '\0' ? "?=" : "?=\n ");
	}
}

/* Lines end with CRLF in what is encoded (RFC 2045, section 6.8), however they ended before. */
static void
write_body(struct buffer *out, const char *text)
{
	struct buffer lines;

	buffer_init(&lines, out->arena, strlen(text) + 64);
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buffer_string(&lines, "\r\n");
		else if (*text != '\r')
			buffer_append(&lines, text, 1);
	}
	for (size_t at = 0; at < lines.length; at += LINE_BYTES) {
		size_t left = lines.length - at;

		write_base64(out, lines.bytes + at, left < LINE_BYTES ? left : LINE_BYTES);
		buffer_string(out, "\n");
	}
}

static void
write_from(struct buffer *out, const char *from, const char *address)
{
	const char *bracket = strrchr(from, '<');
	size_t length = bracket == NULL ? 0 : (size_t)(bracket - from);

	while (length > 0 && from[length - 1] == ' ')
		length--;
	buffer_string(out, "From: ");
	write_words(out, arena_copy(out->arena, from, length));
	buffer_printf(out, length > 0 ? " <%s>\n" : "%s\n", address);
}

static void
write_date(struct buffer *out)
{
	time_t now = (time_t)(clock_now() / 1000000);
	char text[64];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buffer_printf(out, "Date: %s\n", text);
}

/* Lines end as those of files do; whoever carries it further gives them the ends of SMTP. */
static const char *
compose(struct arena *arena, const struct mail *mail, size_t *ret_length)
{
	const char *sender = mail_sender_address(arena, mail->from);
	struct buffer out;

	buffer_init(&out, arena, 4096);
	write_from(&out, mail->from, sender);
	buffer_printf(&out, "To: %s\nSubject: ", mail->to);
	write_words(&out, mail->subject);
	buffer_string(&out, "\n");
	write_date(&out);
	buffer_printf(&out, "Message-ID: <%s%s>\n", mail->id, strchr(sender, '@'));
	buffer_string(&out,
	    "Auto-Submitted: auto-generated\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: base64\n\n");
	write_body(&out, mail->text);
	*ret_length = out.length;
	return out.bytes;
}

/* No two deliveries anywhere have the same name. */
static const char *
unique_name(struct arena *arena)
{
	static unsigned count;
	int64_t now = clock_now();
	char host[65] = "localhost";

	gethostname(host, sizeof(host) - 1);
	return arena_printf(arena, "%lld.M%06lldP%dQ%u.%s", (long long)(now / 1000000),
	    (long long)(now % 1000000), getpid(), ++count, host);
}

static bool
make_folder(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool
sync_folder(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = descriptor >= 0 && fsync(descriptor) == 0;

	if (descriptor >= 0)
		close(descriptor);
	return synced;
}

static bool
write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wxe");
	bool written;

	if (file == NULL)
		return false;
	written = fwrite(bytes, 1, length, file) == length && fflush(file) == 0 &&
	    fsync(fileno(file)) == 0;
	return fclose(file) == 0 && written;
}

static bool
is_dot_atom(const char *text, size_t length, const char *allowed)
{
	return length > 0 && text[0] != '.' && text[length - 1] != '.' &&
	    strspn(text, allowed) >= length && memmem(text, length, "..", 2) == NULL;
}

bool
mail_address_is_plain(const char *address)
{
	const char *at = strchr(address, '@');

	return at != NULL && strlen(address) <= ADDRESS_MAX &&
	    is_dot_atom(address, (size_t)(at - address), LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.") &&
	    is_dot_atom(at + 1, strlen(at + 1), LETTERS DIGITS "-.");
}

const char *
mail_sender_address(struct arena *arena, const char *from)
{
	const char *bracket = strrchr(from, '<');
	size_t length = bracket == NULL ? 0 : strlen(bracket + 1);
	const char *address = from;

	if (length > 0 && bracket[length] == '>')
		address = arena_copy(arena, bracket + 1, length - 1);
	return mail_address_is_plain(address) ? address : NULL;
}

const char *
maildir_deliver(struct arena *arena, const char *folder, const struct mail *mail)
{
	const char *name = unique_name(arena), *into = arena_printf(arena, "%s/new", folder);
	const char *before = arena_printf(arena, "%s/tmp/%s", folder, name);
	const char *bytes;
	size_t length;

	if (!mail_address_is_plain(mail->to))
		return "the address cannot be written to";
	bytes = compose(arena, mail, &length);
	if (!make_folder(folder) || !make_folder(arena_printf(arena, "%s/tmp", folder)) ||
	    !make_folder(into) || !make_folder(arena_printf(arena, "%s/cur", folder)))
		return arena_printf(arena, "the Maildir cannot be made: %s", strerror(errno));
	if (!write_file(before, bytes, length) ||
	    rename(before, arena_printf(arena, "%s/%s", into, name)) != 0 || !sync_folder(into)) {
		const char *why = strerror(errno);

		unlink(before);
		return arena_printf(arena, "the mail cannot be put into the Maildir: %s", why);
	}
	return NULL;
}
