/*
 * File names that others chose.  What comes out is one component of a path,
 * not hidden, no option to a command, shorter than any file system asks for,
 * and shows itself as what it is.
 */
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "secchat/text.h"
#include "secchat/util.h"

/* Longer ones no file system has, and no frame; the filter spells a byte with
 * up to eight. */
#define NAME_READ 1024
#define SPELLED (8 * NAME_READ + 16)
/* What is kept of a name that is cut, ".download", and ".tar" before it. */
#define ENDING_MAX 16
/* Of a name that was too long: encrypted folders take 143. */
#define PLAIN_MAX 100

/* What could hide a file, make it an option or name somebody's home. */
static int
may_not_lead(char c)
{
	return c == '.' || c == '-' || c == '~' || c == ' ';
}

/* Behind the last separator, of this system or of others. */
static const char *
base(const char *name, size_t *len)
{
	size_t at = *len;

	while (at > 0 && name[at - 1] != '/' && name[at - 1] != '\\')
		at--;
	*len -= at;
	return name + at;
}

/* One blank for many, which could push an ending out of sight. */
static void
close_gaps(char *s)
{
	char *to = s;

	for (const char *p = s; *p != '\0'; p++)
		if (*p != ' ' || to == s || to[-1] != ' ')
			*to++ = *p;
	*to = '\0';
}

/* The filter spells one control character with a backslash. */
static void
trim(char *s)
{
	size_t len, skip = 0;

	for (char *p = s; (p = strchr(p, '\\')) != NULL;)
		*p = '_';
	close_gaps(s);
	while (may_not_lead(s[skip]))
		skip++;
	memmove(s, s + skip, strlen(s + skip) + 1);
	for (len = strlen(s); len > 0 && s[len - 1] == ' '; len--)
		s[len - 1] = '\0';
}

/* Where the ending begins, the dot included: the name's end without one. */
static size_t
ending(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t len = strlen(name);

	if (dot == NULL || dot == name ||
	    len - (size_t)(dot - name) > ENDING_MAX)
		return len;
	for (const char *p = dot + 1; *p != '\0'; p++)
		if ((*p & 0x80) || *p == ' ')
			return len;
	len = (size_t)(dot - name);
	/* What a tape archive was packed with stands behind what it is. */
	return len > 4 && memcmp(dot - 4, ".tar", 4) == 0 ? len - 4 : len;
}

/* The longest part that ends between two characters and has room for more. */
static size_t
fitting(const char *s, size_t len, size_t max)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t at = 0, next;

	while (at < len && (next = text_cluster_next(p, len, at)) <= max)
		at = next;
	return at;
}

size_t
file_name_clean(char out[FILE_NAME_MAX + 1], const void *name, size_t len)
{
	char first[SPELLED], spelled[SPELLED];
	const char *from = base(name, &len);
	size_t stem, end, n;

	/* What is behind a mark that was cut off is filtered once more. */
	(void)text_line(
	    first, sizeof first, from, MIN(len, (size_t)NAME_READ), 0, NULL);
	trim(first);
	end = text_line(spelled, sizeof spelled, first, strlen(first), 0, NULL);
	if (end == 0)
		end = (size_t)snprintf(spelled, sizeof spelled, "file");
	if (end <= FILE_NAME_MAX) {
		memcpy(out, spelled, end + 1);
		return end;
	}
	stem = ending(spelled);
	n = fitting(spelled, stem, FILE_NAME_MAX - (end - stem));
	/* One character may be as long as whoever wrote it likes. */
	if (n == 0)
		n = (size_t)snprintf(out, FILE_NAME_MAX, "file");
	else
		memcpy(out, spelled, n);
	memcpy(out + n, spelled + stem, end - stem + 1);
	return n + end - stem;
}

/* A character of several bytes becomes one. */
static int
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}

void
file_name_plain(char name[FILE_NAME_MAX + 1])
{
	size_t n = 0, stem, end;

	for (const char *p = name; *p != '\0'; p++)
		if (((unsigned char)*p & 0xc0) != 0x80)
			name[n++] = is_plain(*p) ? *p : '_';
	name[n] = '\0';
	stem = ending(name);
	end = n - stem;
	if (n > PLAIN_MAX)
		memmove(name + PLAIN_MAX - end, name + stem, end + 1);
}

void
file_name_try(char out[FILE_NAME_TRIED], const char *name, unsigned n)
{
	size_t stem = ending(name);

	if (n <= 1)
		snprintf(out, FILE_NAME_TRIED, "%s", name);
	else
		snprintf(out, FILE_NAME_TRIED, "%.*s-%u%s", (int)stem, name, n,
		    name + stem);
}
