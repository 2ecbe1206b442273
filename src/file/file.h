/*
 * The bytes of files that people send and accept.  The supervisor passes
 * descriptors, each with the number of its file; crypto asks for pieces of
 * those that are sent and gives pieces of those that are received.  No name,
 * no path, no key and no text ever comes here.
 */
#ifndef SECCHAT_SRC_FILE_H
#define SECCHAT_SRC_FILE_H

#include <poll.h>
#include <sys/stat.h>

#include "secchat/ipc.h"

enum slot_use {
	SLOT_FREE,
	SLOT_READ,
	SLOT_WRITE
};

/* A file that is open. */
struct slot {
	enum slot_use use;
	uint32_t fid;
	int fd;
	uint64_t size;
	uint64_t next;           /* to be written: what comes next */
	uint64_t out;            /* up to here the disk was given it */
	struct timespec changed; /* to be read: when it was, at the start */
	uint8_t told; /* bytes written that crypto does not know of */
};

#define SLOTS (2 * FILES_MAX)

/* What waits for crypto: one chunk, and a word about every file. */
#define CRYPTO_QUEUE (IPC_RECORD_MAX + SLOTS * (IPC_HEAD + 12))
#define SUPER_QUEUE 1024

struct file {
	struct ipc_link super, crypto;
	uint8_t crypto_gone;
	struct slot slots[SLOTS];
	uint8_t super_queue[SUPER_QUEUE];
	uint8_t crypto_queue[CRYPTO_QUEUE];
	/* what is received, and in its place the bytes of the answer */
	uint8_t record[IPC_RECORD_MAX + 1];
};

/* ---- the table (slots.c) ---- */

/* The file of this number, or NULL. */
struct slot *slot_find(struct file *f, uint32_t fid);

/* Take a descriptor, which is the slot's from now on.  fatal() when the
 * number is taken or there is no room: the supervisor counts them. */
struct slot *slot_take(
    struct file *f, enum slot_use use, uint32_t fid, int fd, uint64_t size);

/* Close it and forget it. */
void slot_drop(struct slot *s);

/* Tell the supervisor that it cannot go on (FILE_WHY_*; error: errno or 0),
 * and drop it. */
void slot_fail(struct file *f, struct slot *s, uint8_t why, int error);

/* ---- files that are sent (source.c) ---- */

/* FILE_READ: see what it is, and say that it is here. */
void source_open(struct file *f, struct slot *s);

/* FILE_WANT: answer it. */
void source_answer(struct file *f, uint32_t fid, uint64_t at, uint32_t len);

/* ---- files that are received (sink.c) ---- */

/* FILE_WRITE: say that it is here; an empty one is complete. */
void sink_open(struct file *f, struct slot *s);

/* FILE_STORE: write it.  What comes for a file that is not there crossed. */
void sink_store(
    struct file *f, uint32_t fid, uint64_t at, const uint8_t *data, size_t len);

/* Tell crypto how far each file is written. */
void sink_tell(struct file *f);

/* ---- the loop (loop.c) ---- */

void file_init(struct file *f, int super_fd, int crypto_fd);

/* Serve until the supervisor closes its link.  The exit code. */
int file_run(struct file *f);

#endif
