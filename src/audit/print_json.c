/*
 * The report for programs: one object, one finding a line.  No number that
 * differs from run to run is in it.
 */
#include "audit.h"
#include "secchat/version.h"

/* Evidence is printable ASCII; two characters have a meaning in JSON. */
static void
put_string(const char *s)
{
	putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static void
put_member(const char *name, const char *value, const char *behind)
{
	put_string(name);
	putchar(':');
	put_string(value);
	printf("%s", behind);
}

static const char *
worst(const struct audit *a)
{
	enum verdict v = report_count(a, V_FAIL) > 0   ? V_FAIL
			 : report_count(a, V_WARN) > 0 ? V_WARN
						       : V_OK;

	return verdict_word(v);
}

void
print_json(const struct audit *a)
{
	static const char *const kinds[] = {
	    [WHEN_SELF] = "self", [WHEN_LIVE] = "live", [WHEN_PROVE] = "prove"};

	printf("{\"v\":1,");
	put_member("secchat", SECCHAT_VERSION, ",");
	put_member("audit", kinds[a->when], ",");
	put_member("as", a->root ? "root" : "user", ",\"findings\":[\n");
	for (size_t i = 0; i < a->f_len; i++) {
		const struct finding *f = &a->f[i];

		putchar('{');
		put_member("id", f->check->id, ",");
		put_member("subject", f->subject, ",");
		put_member("verdict", verdict_word(f->verdict), ",");
		put_member("evidence", f->evidence, ",");
		put_member("how", f->check->how, "}");
		printf("%s\n", i + 1 < a->f_len ? "," : "");
	}
	printf("],\"counts\":{\"ok\":%zu,\"warn\":%zu,\"fail\":%zu,\"n/a\":%zu}"
	       ",",
	    report_count(a, V_OK), report_count(a, V_WARN),
	    report_count(a, V_FAIL), report_count(a, V_NA));
	put_member("verdict", worst(a), "}\n");
}
