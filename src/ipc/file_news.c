/*
 * UI_FILE, read.
 */
#include "secchat/filenews.h"
#include "ipc.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"
#include "secchat/reader.h"
#include <string.h>

int
file_news_get(struct reader *r, struct file_news *n)
{
	const uint8_t *path;
	size_t len;

	n->fid = get_u32(r);
	n->ask = get_u32(r);
	n->ours = get_u8(r);
	n->state = get_u8(r);
	n->why = get_u8(r);
	n->size = get_u64(r);
	n->done = get_u64(r);
	n->rate = get_u64(r);
	n->left = get_u32(r);
	get_str8(r, n->name, sizeof n->name);
	get_str8(r, n->words, sizeof n->words);
	path = get_rest(r, &len);
	if (path == NULL || len > FILE_PATH_MAX ||
	    memchr(path, '\0', len) != NULL)
		return -ERR_FORMAT;
	memcpy(n->path, path, len);
	n->path[len] = '\0';
	if (n->ours > 1 || n->state < FILE_OFFERED || n->state > FILE_STOPPED ||
	    n->size > INT64_MAX || n->done > n->size)
		return -ERR_FORMAT;
	/* What never was a file can only have come to nothing. */
	if (n->fid == 0 && n->state != FILE_STOPPED)
		return -ERR_FORMAT;
	return 0;
}
