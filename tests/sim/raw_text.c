/*
 * A mistake for fuzzers that are linked with --wrap=text_line, planted with
 * FUZZ_BUG to show that it is found: what others said is shown as it came.
 */
#include <stdlib.h>
#include <string.h>

#include "secchat/text.h"
#include "secchat/util.h"

size_t __real_text_line(char *out, size_t cap, const void *in, size_t len,
    unsigned flags, struct text_marks *m);
size_t __wrap_text_line(char *out, size_t cap, const void *in, size_t len,
    unsigned flags, struct text_marks *m);

size_t
__wrap_text_line(char *out, size_t cap, const void *in, size_t len,
    unsigned flags, struct text_marks *m)
{
	if (getenv("FUZZ_BUG") == NULL)
		return __real_text_line(out, cap, in, len, flags, m);
	len = MIN(len, cap - 1);
	memcpy(out, in, len);
	out[len] = '\0';
	return len;
}
