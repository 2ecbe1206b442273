/*
 * A known answer: what it is called and its bytes in hex.  Tables of them end
 * with a row of NULL.
 */
#ifndef SECCHAT_TESTS_ANSWER_H
#define SECCHAT_TESTS_ANSWER_H

#include <stddef.h>

struct answer {
	const char *key;
	const char *hex;
};

#endif
