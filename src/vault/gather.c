/*
 * A secret on its way into key memory, byte by byte.
 */
#include "secchat/vault.h"

int
vault_gather(
    uint8_t *line, size_t *len, uint8_t source, const uint8_t *p, size_t n)
{
	int is_file = source == SECRET_KEYFILE;
	size_t cap = is_file ? KEYFILE_TEXT + 3 : SECRET_LINE_MAX + 1;

	for (size_t i = 0; i < n; i++) {
		if (!is_file && p[i] == '\n')
			return 1;
		if (*len < cap)
			line[(*len)++] = p[i];
	}
	return n == 0 || (is_file && *len == cap);
}
