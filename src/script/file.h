/*
 * Files as a script sees them: a table of those whose end has not been told.
 * An event waits in it until standard output has room, and what is newer takes
 * its place; an end is never left out.
 */
#ifndef SECCHAT_SCRIPT_FILE_H
#define SECCHAT_SCRIPT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "secchat/filenews.h"
#include "secchat/limits.h"
#include "sendq.h"

/* What of a file is still to be told, in this order. */
enum {
	TELL_OFFERED = 1,
	TELL_ACCEPTED = 2,
	TELL_PROGRESS = 4, /* or that it is paused */
	TELL_END = 8
};

struct script_file {
	uint8_t tell;     /* TELL_* */
	uint8_t told;     /* TELL_*: so much of it was */
	uint8_t stopping; /* the script ends it */
	struct ref ref;   /* of ours */
	uint64_t told_at; /* when its progress was told last */
	/* fid 0: asked for, and not answered yet, or refused */
	struct file_news news;
};

/*
 * Those of ours are counted until their end has been told.  Of theirs so many
 * are unfinished, and so many whose offer was told wait for room.
 */
#define SCRIPT_FILES ((size_t)3 * FILES_MAX)
struct script_files {
	uint32_t asks; /* of the last one asked for */
	size_t count;
	struct script_file item[SCRIPT_FILES];
};

/* The one with this number (not 0), or NULL. */
struct script_file *files_find(struct script_files *all, uint32_t fid);

/* The one of ours that was asked for so (not 0), or NULL. */
struct script_file *files_asked(struct script_files *all, uint32_t ask);

/* A new one, all zero; NULL: there is no room. */
struct script_file *files_add(struct script_files *all);

/* Nothing more is to be told. */
void files_remove(struct script_files *all, struct script_file *f);

/* Ours whose end has not been told. */
size_t files_ours(const struct script_files *all);

/* Files that were accepted and are not over. */
size_t files_moving(const struct script_files *all);

/* Ours that the other person has not answered. */
size_t files_unanswered(const struct script_files *all);

/*
 * What the supervisor says about one: keeps it, and what is to be told.
 * 0; or -ERR_FORMAT when there are more than there can be, or it is about one
 * that was never asked for.
 */
int files_news(struct script_files *all, const struct file_news *news);

#endif
