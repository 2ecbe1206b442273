/*
 * Files that people send each other, as the supervisor sees them: it opens
 * what the user names, gives what is received its name, and tells each
 * process what it has to know.  Not a byte of a file passes through it.
 *
 * A file is a row of one table.  Whatever happens changes its row and notes
 * what others have yet to be told (OWES_*); files_turn() tells them as their
 * links have room, so nothing here ever waits or overflows.
 */
#ifndef SECCHAT_SRC_SUPER_FILES_H
#define SECCHAT_SRC_SUPER_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "secchat/ipc_msgs.h"

/* What somebody has still to be told about a file, in this order. */
enum {
	OWES_FD = 1,    /* file: the descriptor */
	OWES_OFFER = 2, /* crypto: FILE_OFFER */
	OWES_TAKE = 4,  /* crypto: FILE_TAKE */
	OWES_KEPT = 8,  /* crypto: FILE_KEPT */
	OWES_STOP = 16, /* crypto: FILE_STOP */
	OWES_DROP = 32, /* file: FILE_DROP */
	OWES_SHOW = 64, /* the front end: UI_FILE */
};

/* A path in it has room for every name. */
#define FILE_NAME_TRIED (FILE_NAME_MAX + 16)
#define FOLDER_CAP (FILE_PATH_MAX - FILE_NAME_TRIED)
#define TEMP_NAME 40 /* ".secchat-", 16 digits, ".part" */
#define FILE_WORDS 160

struct transfer {
	uint64_t row; /* counted from 1; 0: it is not used */
	uint8_t ours;
	uint8_t state; /* FILE_* */
	uint8_t why;   /* FILE_WHY_*, or 0 */
	uint8_t owes;
	uint8_t there;   /* 1: secchat-file was given it, 2: and has said so */
	uint8_t known;   /* crypto has been told of it, or told us */
	uint8_t begun;   /* somebody has accepted it */
	uint8_t unheard; /* it ended before anybody was told its number */
	uint32_t fid;
	uint32_t ask; /* what the front end calls it, or 0 */
	uint64_t size, done;
	int fd;   /* ours: until file has it; theirs: the temporary */
	int dir;  /* theirs: the folder, or -1 */
	dev_t on; /* theirs: which file the temporary is */
	ino_t inode;
	char temp[TEMP_NAME];         /* in it, or "" */
	char name[FILE_NAME_MAX + 1]; /* cleaned */
	char path[FILE_PATH_MAX + 1];
	char words[FILE_WORDS];
	/* how fast: since when, and since which byte */
	uint64_t since, at[2], done_at[2];
};

/* Unfinished ones of both directions, and as many again that are over or
 * never began and have still to be told. */
#define TRANSFERS (3 * FILES_MAX)

/* A file that holds a key of ours and is never sent. */
struct own_secret {
	dev_t dev;
	ino_t ino;
};

struct files {
	struct transfer t[TRANSFERS];
	uint64_t rows;        /* so far */
	uint32_t next;        /* our next number, or 0 */
	uint32_t failed;      /* accepted ones that came to nothing, */
	uint32_t failed_ours; /* and those of them that we sent */
	uint8_t cleaned; /* leftovers of a killed one of us were looked for */
	uint8_t waits;   /* something is owed to secchat-file */
	uint8_t warned;  /* of a file system that can do less */
	char folder[FOLDER_CAP]; /* "": there is none */
	char here[FOLDER_CAP];   /* where relative paths begin */
	char said[FILE_WORDS];   /* of the last path that led nowhere */
	struct own_secret secrets[2];
	size_t secrets_len;
};

struct super;
struct reader;

/* ---- the table (files.c) ---- */

/* The unfinished or untold file of this number, or NULL. */
struct transfer *transfer_find(struct super *s, uint32_t fid);

/* An empty row, or NULL. */
struct transfer *transfer_new(struct super *s, uint8_t ours);

/* Whether something is still to happen to it. */
int transfer_is_open(const struct transfer *t);

/* How many unfinished ones there are of a direction. */
size_t transfer_count(const struct super *s, uint8_t ours);

/* It goes no further: everybody is told, what was received is removed. */
void transfer_stop(
    struct super *s, struct transfer *t, uint8_t why, const char *words);

/* It is complete. */
void transfer_finish(struct super *s, struct transfer *t);

/* Tell the front end that a wish cannot be fulfilled: about file fid, or with
 * 0 about what it calls ask.  Nothing else changes. */
__attribute__((format(printf, 5, 6))) void files_refuse(struct super *s,
    uint32_t fid, uint32_t ask, uint8_t why, const char *fmt, ...);

/* Tell everybody what they are owed, as far as their links have room. */
void files_turn(struct super *s);

/* The session is over: whatever was not complete never will be. */
void files_end(struct super *s);

/* For the next chat: no files, and numbers begin again. */
void files_reset(struct super *s);

/* Remove what was not complete, and nothing else: when we are about to die. */
void files_abandon(struct super *s);

/* "2 file transfers did not finish". */
void files_failed_text(const struct super *s, char *out, size_t cap);

/* What to do about them, which only who has a file can.  Static storage. */
const char *files_failed_next(const struct super *s);

/* ---- what was said about files: each reads its message ---- */

/* by the front end (files_send.c, files_receive.c, files.c) */
void files_on_send(struct super *s, struct reader *r);
void files_on_accept(struct super *s, struct reader *r);
void files_on_stop(struct super *s, struct reader *r);

/* by crypto (files_receive.c, files.c) */
void files_on_offered(struct super *s, struct reader *r);
void files_on_state(struct super *s, struct reader *r);

/* by secchat-file (files.c, files_receive.c) */
void files_on_have(struct super *s, struct reader *r);
void files_on_failed(struct super *s, struct reader *r);
void files_on_written(struct super *s, struct reader *r);

/* ---- words and progress (files_show.c) ---- */

/* What a reason means, as people read it; here: it was somebody here.
 * Static storage. */
const char *file_why_text(uint8_t why, uint8_t ours, int here);

/* "3.5 MB", in steps of 1000 and rounded down. */
#define SIZE_TEXT 32
void file_size_text(char out[SIZE_TEXT], uint64_t bytes);

/* It is in this state and has come this far. */
void transfer_progress(
    struct transfer *t, uint8_t state, uint64_t done, uint64_t now);

/* UI_FILE; the link must have room for TRANSFER_SHOWN bytes. */
#define TRANSFER_SHOWN (41 + FILE_NAME_MAX + 255 + FILE_PATH_MAX)
void transfer_show(struct super *s, const struct transfer *t);

/* ---- names (files_name.c) ---- */

/*
 * A file's name as somebody wrote it, of any bytes, as one that can be given
 * to a file here and shown on a terminal: the part behind the last / or \,
 * through the text filter, without dots, dashes, tildes and blanks before it
 * and blanks behind it, at most FILE_NAME_MAX bytes without breaking a
 * character, "file" when nothing is left.  out is terminated; its length is
 * returned.
 */
size_t file_name_clean(
    char out[FILE_NAME_MAX + 1], const void *name, size_t len);

/* What every file system takes: letters, digits, dot, dash and underscore of
 * ASCII for whatever there is, and a good deal shorter. */
void file_name_plain(char name[FILE_NAME_MAX + 1]);

/* The n-th name to try: "a.txt", "a-2.txt", "a-3.txt". */
void file_name_try(char out[FILE_NAME_TRIED], const char *name, unsigned n);

/* ---- the folder (files_folder.c) ---- */

/*
 * Before the lock-down: where files go (--download-dir, else the user's
 * download folder), and which files are never sent.  0, or -ERR_CONFIG with
 * the verdict set: what was named cannot be used.
 */
int files_prepare(struct super *s);

/* The folder, made if its last part is missing.  A descriptor or -ERR_SYS. */
int files_folder_open(struct super *s);

/*
 * Whether the folder's file system has room for it beside what is on its way;
 * when it is not known it has.  0, or -ERR_SYS with a sentence in t->words,
 * which is "" otherwise.
 */
int files_room(const struct super *s, struct transfer *t);

/* ---- one that is received (files_temp.c) ---- */

/*
 * A new file in the folder for t, under a name of its own and locked for as
 * long as somebody has it open.  0 or -ERR_SYS, errno says why.
 */
int files_temp_make(struct super *s, struct transfer *t);

/* Away with it, if there is one. */
void files_temp_remove(struct transfer *t);

/* It is complete and gets the first name that is free; t->path says which.
 * 0 or -ERR_SYS: it has none and is still there. */
int files_temp_keep(struct super *s, struct transfer *t);

/* The path that it would get now, into t->path. */
void files_target(struct super *s, struct transfer *t);

#endif
