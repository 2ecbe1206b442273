/*
 * The one way to erase: the compiler may not remove it.
 */
#include <string.h>

#include "secchat/util.h"

void
wipe(void *p, size_t len)
{
	explicit_bzero(p, len);
}
