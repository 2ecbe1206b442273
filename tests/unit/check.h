/*
 * The smallest test harness that serves: CHECK counts and reports, a test
 * program ends with `return check_end();`.  SKIP says why something was not
 * tested; a program that only skipped exits with 77.
 */
#ifndef SECCHAT_TESTS_CHECK_H
#define SECCHAT_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_passed, check_failed, check_skipped;

#define CHECK(cond) check_one((cond) != 0, #cond, __FILE__, __LINE__)
#define CHECK_MEM(a, b, len) \
	check_one(           \
	    memcmp((a), (b), (len)) == 0, #a " == " #b, __FILE__, __LINE__)
#define FAIL(what) check_one(0, (what), __FILE__, __LINE__)
#define SKIP(why) (check_skipped++, printf("skipped: %s\n", (why)))

static inline int
check_one(int ok, const char *what, const char *file, int line)
{
	if (ok) {
		check_passed++;
	} else {
		check_failed++;
		printf("%s:%d: failed: %s\n", file, line, what);
	}
	return ok;
}

static inline int
check_end(void)
{
	printf("%d checks passed, %d failed, %d skipped\n", check_passed,
	    check_failed, check_skipped);
	if (check_failed > 0)
		return 1;
	return check_passed == 0 && check_skipped > 0 ? 77 : 0;
}

#endif
