/*
 * Findings: what was seen, and what to think of it.
 */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "audit.h"
#include "secchat/text.h"
#include "secchat/util.h"

const char *
verdict_word(enum verdict v)
{
	static const char *const words[] = {[V_OK] = "ok",
	    [V_NA] = "n/a",
	    [V_WARN] = "warn",
	    [V_FAIL] = "fail"};

	return words[v];
}

const struct check *
check_find(const char *id)
{
	for (size_t i = 0; i < checks_len; i++)
		if (strcmp(checks[i].id, id) == 0)
			return &checks[i];
	assert(0 && "a check that is in the table");
	return NULL;
}

/* Behind all of the same check and of those before it. */
static struct finding *
place_for(struct audit *a, const struct check *c)
{
	size_t at = a->f_len;

	assert(a->f_len < AU_FINDINGS);
	while (at > 0 && a->f[at - 1].check > c)
		at--;
	memmove(&a->f[at + 1], &a->f[at], (a->f_len - at) * sizeof a->f[0]);
	a->f_len++;
	return &a->f[at];
}

/* Paths and names are whatever somebody called them: all of it is filtered
 * here, once. */
void
found(struct audit *a, const struct check *c, const char *subject,
    enum verdict v, const char *fmt, ...)
{
	char text[2 * AU_EVIDENCE];
	struct finding *f;
	va_list ap;

	f = place_for(a, c);
	f->check = c;
	f->verdict = v;
	snprintf(f->subject, sizeof f->subject, "%s", subject);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)text_line(f->evidence, sizeof f->evidence, text, strlen(text),
	    TEXT_ASCII, NULL);
}

size_t
report_count(const struct audit *a, enum verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < a->f_len; i++)
		n += a->f[i].verdict == v;
	return n;
}
