/*
 * UI_FILE as it is read by the two front ends: how a file stands.
 */
#ifndef SECCHAT_FILENEWS_H
#define SECCHAT_FILENEWS_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"

struct reader;

/* Time that is left: not known. */
#define FILE_LEFT_UNKNOWN UINT32_MAX

struct file_news {
	uint32_t fid;                 /* 0: it never became a file */
	uint32_t ask;                 /* what the front end called it, or 0 */
	uint8_t ours;                 /* 1 we send it, 0 it comes */
	uint8_t state;                /* FILE_OFFERED ... FILE_STOPPED */
	uint8_t why;                  /* FILE_WHY_*, or 0 */
	uint64_t size;                /* bytes; at most INT64_MAX, as */
	uint64_t done;                /* this is, which is never more */
	uint64_t rate;                /* bytes a second, 0: not known */
	uint32_t left;                /* seconds, or FILE_LEFT_UNKNOWN */
	char name[FILE_NAME_MAX + 1]; /* cleaned by the supervisor */
	char words[256];              /* what happened, or "" */
	char path[FILE_PATH_MAX + 1]; /* as the file system has it, or "" */
};

/* The next UI_FILE.  0, or -ERR_FORMAT: it makes no sense. */
int file_news_get(struct reader *r, struct file_news *n);

#endif
