/*
 * The two older formats as pure functions: the first byte chooses, the rest
 * is a key file, a passphrase, a token or a frame.  What opens was sealed by
 * the key; what is read back is what was sealed.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../src/legacy/formats.h"
#include "../../src/legacy/lib.h"
#include "secchat/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t in[FRAME_IN_MAX], out[FRAME_IN_MAX], back[FRAME_IN_MAX];

static void
as_base64(size_t len)
{
	int n = base64_get(out, in, len);

	if (n < 0)
		return;
	assert(BASE64_LEN((size_t)n) == len);
	base64_put(back, out, (size_t)n);
	assert(memcmp(back, in, len) == 0);
}

static void
as_text(const uint8_t iv[16], size_t len)
{
	struct fernet_key f;
	struct gcm_key g;
	uint8_t *text;
	size_t n;

	memset(&f, 3, sizeof f);
	memset(&g, 4, sizeof g);
	len = MIN(len, (size_t)FERNET_TEXT);
	n = fernet_seal(out, &f, 1, iv, in, len);
	assert(fernet_open(out, n, &f, &text) == (int)len);
	assert(memcmp(text, in, len) == 0);
	n = gcm_seal(out, &g, iv, in, len);
	assert(gcm_open(back, &g, out, n) == (int)len);
	assert(memcmp(back, in, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t iv[16];
	static int ready;
	struct fernet_key f = {{0}, {0}};
	struct gcm_key g = {{0}};
	uint8_t *text;
	int n;

	if (!ready)
		assert(lib_prepare() == 0);
	ready = 1;
	if (size < 2 || size > FRAME_IN_MAX)
		return 0;
	memcpy(in, data + 1, size - 1);
	switch (data[0] % 6) {
	case 0:
		as_base64(size - 1);
		break;
	case 1:
		n = gcm_passphrase(in, size - 1);
		assert(n <= (int)size - 1);
		break;
	case 2:
		(void)fernet_key_parse(&f, in, size - 1);
		break;
	case 3: /* nobody can make one for a key that is not known */
		n = fernet_open(in, size - 1, &f, &text);
		assert(n < (int)size);
		break;
	case 4:
		n = gcm_open(out, &g, in, size - 1);
		assert(n < (int)size);
		break;
	default:
		as_text(iv, size - 1);
	}
	return 0;
}
