/*
 * "Did you mean": near words are found, far ones are not.
 */
#include "check.h"
#include "secchat/util.h"

static const char *const names[] = {
    "host", "join", "audit", "prices", "keygen", "fingerprint", "id", "help"};

static int
is(const char *word, const char *want)
{
	const char *got = suggest_word(word, names, ARRAY_LEN(names));

	if (want == NULL || got == NULL)
		return want == got;
	return strcmp(got, want) == 0;
}

int
main(void)
{
	CHECK(is("jion", "join"));
	CHECK(is("hots", "host"));
	CHECK(is("joi", "join"));
	CHECK(is("joinn", "join"));
	CHECK(is("Join", "join"));
	CHECK(is("fingerpint", "fingerprint"));
	CHECK(is("keygne", "keygen"));
	CHECK(is("price", "prices"));
	CHECK(is("host", "host"));
	CHECK(is("frobnicate", NULL));
	CHECK(is("xy", NULL));
	CHECK(is("", NULL));
	CHECK(is("xoxx", NULL));
	CHECK(is("fingerprintfingerprintfingerprint", NULL));
	return check_end();
}
