/*
 * The commands that a script may give, and their reading.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/util.h"

#define MEMBERS_MAX 4

/* clang-format off */
static const struct row {
	const char *name;
	enum command_what what;
	const char *members[MEMBERS_MAX];
	const char *example;
} rows[] = {
{ "send",   COMMAND_SEND,   { "do", "ref", "text" },
  "{\"do\":\"send\",\"ref\":\"a1\",\"text\":\"hi\"}" },
{ "status", COMMAND_STATUS, { "do" }, "{\"do\":\"status\"}" },
{ "rekey",  COMMAND_REKEY,  { "do" }, "{\"do\":\"rekey\"}" },
{ "verify", COMMAND_VERIFY, { "do", "digits" },
  "{\"do\":\"verify\",\"digits\":\"123456\"}" },
{ "retry",  COMMAND_RETRY,  { "do" }, "{\"do\":\"retry\"}" },
{ "prices", COMMAND_PRICES, { "do", "what" },
  "{\"do\":\"prices\"}" },
{ "name",   COMMAND_NAME,   { "do", "name" },
  "{\"do\":\"name\",\"name\":\"bob\"}" },
{ "sendfile", COMMAND_SENDFILE, { "do", "path", "path_hex", "ref" },
  "{\"do\":\"sendfile\",\"path\":\"/tmp/a.pdf\",\"ref\":\"f1\"}" },
{ "accept", COMMAND_ACCEPT, { "do", "n", "as" },
  "{\"do\":\"accept\",\"n\":2}" },
{ "decline", COMMAND_DECLINE, { "do", "n" },
  "{\"do\":\"decline\",\"n\":2}" },
{ "cancel", COMMAND_CANCEL, { "do", "n" },
  "{\"do\":\"cancel\",\"n\":2}" },
{ "quit",   COMMAND_QUIT,   { "do" }, "{\"do\":\"quit\"}" },
};
/* clang-format on */

__attribute__((format(printf, 2, 3))) static void
say(char out[256], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, 256, fmt, ap);
	va_end(ap);
}

static void
say_example(struct command *c, const struct row *row)
{
	say(c->next, "Try: %s", row->example);
}

/* Says what the word may have been meant to be, or what there is. */
static void
say_nearest(
    struct command *c, const char *word, const char *const *names, size_t n)
{
	const char *near = suggest_word(word, names, n);
	size_t at = 0;

	if (near != NULL) {
		say(c->next, "Did you mean \"%s\"?", near);
		return;
	}
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(c->next + at, sizeof c->next - at,
		    "%s%s", i == 0 ? "There is: " : ", ", names[i]);
}

/* The row of "do", or NULL and an error. */
static const struct row *
find_row(struct command *c, const json_t *root)
{
	const char *names[ARRAY_LEN(rows)];
	const char *word = json_string_value(json_object_get(root, "do"));

	if (word == NULL) {
		say(c->msg, "a command needs a \"do\" that is a string");
		say_example(c, &rows[0]);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		names[i] = rows[i].name;
		if (strcmp(word, rows[i].name) == 0)
			return &rows[i];
	}
	say(c->msg, "unknown command \"%.64s\"", word);
	say_nearest(c, word, names, ARRAY_LEN(rows));
	return NULL;
}

/* Whether every member of the object is in the command's row, or is the one
 * that all have. */
static int
check_members(struct command *c, json_t *root, const struct row *row)
{
	const char *key, *names[MEMBERS_MAX + 1];
	json_t *value;
	size_t n = 0;

	for (; n < MEMBERS_MAX && row->members[n] != NULL; n++)
		names[n] = row->members[n];
	names[n++] = "chat";
	json_object_foreach(root, key, value)
	{
		size_t i = 0;

		while (i < n && strcmp(key, names[i]) != 0)
			i++;
		if (i < n)
			continue;
		say(c->msg, "\"%s\" has no member \"%.64s\"", row->name, key);
		say_nearest(c, key, names, n);
		return -ERR_USAGE;
	}
	return 0;
}

/* "ref": absent, or a string of at most REF_MAX bytes. */
static int
take_ref(struct command *c, const json_t *root)
{
	const json_t *ref = json_object_get(root, "ref");

	if (ref == NULL)
		return 0;
	if (!json_is_string(ref) || json_string_length(ref) > REF_MAX) {
		say(c->msg, "\"ref\" is not a string of at most %d bytes",
		    REF_MAX);
		return -ERR_USAGE;
	}
	c->ref = json_string_value(ref);
	c->ref_len = json_string_length(ref);
	return 0;
}

/* "chat", of any command: absent, or which one it is for. */
static int
take_chat(struct command *c, const json_t *root)
{
	const json_t *chat = json_object_get(root, "chat");
	json_int_t value = json_integer_value(chat);

	if (chat == NULL)
		return 0;
	if (value >= 1 && value <= UINT32_MAX) {
		c->chat = (uint32_t)value;
		return 0;
	}
	say(c->msg, "\"chat\" is not the number of a chat");
	say(c->next, "The events \"intro\" and \"connected\" say it.");
	return -ERR_USAGE;
}

static int
take_text(struct command *c, const json_t *root, const struct row *row)
{
	const json_t *text = json_object_get(root, "text");

	if (!json_is_string(text)) {
		say(c->msg, "\"send\" needs a \"text\" that is a string");
		say_example(c, row);
		return -ERR_USAGE;
	}
	c->text = json_string_value(text);
	c->text_len = json_string_length(text);
	if (c->text_len <= TEXT_MAX)
		return 0;
	say(c->msg, "the text has %zu bytes; a message holds %d", c->text_len,
	    TEXT_MAX);
	say(c->next, "Send it in pieces.");
	return -ERR_TOO_LONG;
}

/* "digits": absent, or the six that the other person reads. */
static int
take_digits(struct command *c, const json_t *root, const struct row *row)
{
	const json_t *digits = json_object_get(root, "digits");
	const char *s = json_string_value(digits);

	if (digits == NULL)
		return 0;
	if (s == NULL || strlen(s) != SAS_HALF ||
	    strspn(s, "0123456789") != SAS_HALF) {
		say(c->msg, "\"digits\" is not a string of six digits");
		say_example(c, row);
		return -ERR_USAGE;
	}
	c->digits = s;
	return 0;
}

/* "what": absent, or one of these. */
static int
take_want(struct command *c, const json_t *root, const struct row *row)
{
	static const struct {
		const char *word;
		uint8_t want;
	} wants[] = {
	    {"refresh", WANT_REFRESH},
	    {"auto on", WANT_AUTO},
	    {"auto off", WANT_NO_AUTO},
	};
	const json_t *what = json_object_get(root, "what");
	const char *word = json_string_value(what);

	c->want = WANT_LOOK;
	if (what == NULL)
		return 0;
	for (size_t i = 0; word != NULL && i < ARRAY_LEN(wants); i++) {
		if (strcmp(word, wants[i].word) == 0) {
			c->want = wants[i].want;
			return 0;
		}
	}
	say(c->msg, "\"what\" is \"refresh\", \"auto on\" or \"auto off\"");
	say_example(c, row);
	return -ERR_USAGE;
}

/* What to call the other person; whether it can be a name the supervisor
 * says. */
static int
take_name(struct command *c, const json_t *root, const struct row *row)
{
	const json_t *name = json_object_get(root, "name");

	c->text = json_string_value(name);
	c->text_len = json_string_length(name);
	if (c->text != NULL && c->text_len >= 1 &&
	    c->text_len <= NAME_MAX_LOCAL)
		return 0;
	say(c->msg, "\"name\" is not a string of 1 to %d bytes",
	    NAME_MAX_LOCAL);
	say_example(c, row);
	return -ERR_USAGE;
}

/* "path_hex": two digits for each byte but NUL, for paths that are not
 * UTF-8. */
static int
take_hex(struct command *c, const json_t *hex)
{
	static uint8_t bytes[FILE_PATH_MAX];
	size_t len = json_string_length(hex);

	if (len % 2 != 0 || len < 2 || len / 2 > sizeof bytes ||
	    hex_get(bytes, len / 2, json_string_value(hex), len) < 0 ||
	    memchr(bytes, '\0', len / 2) != NULL)
		return -ERR_USAGE;
	c->text = (const char *)bytes;
	c->text_len = len / 2;
	return 0;
}

/* "path": a string that can be one; or "path_hex". */
static int
take_path(struct command *c, const json_t *root, const struct row *row)
{
	const json_t *path = json_object_get(root, "path");
	const json_t *hex = json_object_get(root, "path_hex");

	c->text = json_string_value(path);
	c->text_len = json_string_length(path);
	if (c->text != NULL && c->text_len >= 1 &&
	    c->text_len <= FILE_PATH_MAX && hex == NULL)
		return 0;
	if (path == NULL && json_is_string(hex) && take_hex(c, hex) == 0)
		return 0;
	say(c->msg,
	    "\"path\" is not a string of 1 to %d bytes, nor is \"path_hex\" "
	    "in hex",
	    FILE_PATH_MAX);
	say_example(c, row);
	return -ERR_USAGE;
}

/* "n": the number of a file; it is never guessed, since another offer may
 * have come meanwhile. */
static int
take_number(struct command *c, const json_t *root, const struct row *row)
{
	const json_t *n = json_object_get(root, "n");
	json_int_t value = json_integer_value(n);

	if (value >= 1 && value <= UINT32_MAX) {
		c->n = (uint32_t)value;
		return 0;
	}
	say(c->msg, "\"%s\" needs an \"n\", the number of a file", row->name);
	say_example(c, row);
	return -ERR_USAGE;
}

/* "as": absent, or a name. */
static int
take_as(struct command *c, const json_t *root)
{
	const json_t *as = json_object_get(root, "as");

	if (as == NULL)
		return 0;
	c->text = json_string_value(as);
	c->text_len = json_string_length(as);
	if (c->text != NULL && c->text_len >= 1 && c->text_len <= FILE_AS_MAX)
		return 0;
	say(c->msg, "\"as\" is not a string of 1 to %d bytes", FILE_AS_MAX);
	say(c->next, "Try: {\"do\":\"accept\",\"n\":2,\"as\":\"a.pdf\"}");
	return -ERR_USAGE;
}

static int
take_file(struct command *c, const json_t *root, const struct row *row)
{
	int err;

	if (row->what == COMMAND_SENDFILE)
		return take_path(c, root, row);
	err = take_number(c, root, row);
	if (err == 0 && row->what == COMMAND_ACCEPT)
		err = take_as(c, root);
	return err;
}

int
command_parse(struct command *c, const uint8_t *line, size_t len)
{
	const struct row *row;
	json_error_t error;
	json_t *root;
	int err;

	memset(c, 0, sizeof *c);
	/* Without JSON_ALLOW_NUL a string cannot hold a NUL. */
	root =
	    json_loadb((const char *)line, len, JSON_REJECT_DUPLICATES, &error);
	c->json = root;
	if (root == NULL) {
		say(c->msg, "bad JSON at column %d: %s", error.column,
		    json_error_code(&error) == json_error_null_character
			? "a text cannot hold \\u0000"
			: error.text);
		say_example(c, &rows[0]);
		return -ERR_FORMAT;
	}
	if (!json_is_object(root)) {
		say(c->msg, "a command is a JSON object");
		say_example(c, &rows[0]);
		return -ERR_FORMAT;
	}
	row = find_row(c, root);
	if (row == NULL)
		return -ERR_USAGE;
	c->what = row->what;
	err = take_ref(c, root);
	if (err == 0)
		err = check_members(c, root, row);
	if (err == 0)
		err = take_chat(c, root);
	if (err == 0 && row->what == COMMAND_SEND)
		err = take_text(c, root, row);
	if (err == 0 && row->what == COMMAND_PRICES)
		err = take_want(c, root, row);
	if (err == 0 && row->what == COMMAND_NAME)
		err = take_name(c, root, row);
	if (err == 0 && row->what >= COMMAND_SENDFILE &&
	    row->what <= COMMAND_CANCEL)
		err = take_file(c, root, row);
	if (err == 0 && row->what == COMMAND_VERIFY)
		err = take_digits(c, root, row);
	return err;
}

void
command_free(struct command *c)
{
	json_decref(c->json);
	c->json = NULL;
}
