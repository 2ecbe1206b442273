/*
 * A file that is moved while the audit watches: one that the host sends is
 * taken, or one is sent to it.  Its bytes are known to the audit, and small
 * enough a file to need no confirmation before its end.
 */
#include <string.h>

#include "peer.h"
#include "secchat/err.h"
#include "secchat/fds.h"
#include "secchat/util.h"

/* The joiner's first number, and the name that it goes by. */
#define OUR_FILE 1
#define OUR_NAME "received"

/* Numbers of what we say: the text was the first. */
enum {
	SECOND = 2,
	THIRD = 3
};

static uint8_t body[FRAME_BODY_MAX];

/* The audit may watch now, and says when it does. */
static int
wait_for_audit(void)
{
	char byte;
	int err = peer_say("ready");

	return err < 0 ? err : peer_get(FD_SUPER, &byte, 1);
}

/* The bytes of the file from an offset on. */
static void
fill(uint8_t *out, size_t len, const struct peer_file *file, uint64_t at)
{
	size_t n = strlen(file->pattern);

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)file->pattern[(at + i) % n];
}

static int
send_numbered(uint8_t type, uint64_t mseq, const uint8_t *rest, size_t len)
{
	return peer_send(type, body, numbered_put(body, mseq, rest, len));
}

/* ---- one of ours ---- */

static int
send_offer(const struct peer_file *file)
{
	struct file_offer o = {.fid = OUR_FILE,
	    .size = file->size,
	    .name_len = sizeof OUR_NAME - 1,
	    .name = OUR_NAME};
	uint8_t rest[FILE_OFFER_MAX];

	return send_numbered(
	    FRAME_FILE_OFFER, SECOND, rest, offer_put(rest, &o));
}

static int
send_bytes(const struct peer_file *file)
{
	int err = 0;

	for (uint64_t at = 0; err == 0 && at < file->size;) {
		size_t len =
		    (size_t)MIN(file->size - at, (uint64_t)FILE_CHUNK_MAX);
		size_t head = file_at_put(body, OUR_FILE, at);

		fill(body + head, len, file, at);
		err = peer_send(FRAME_FILE_DATA, body, head + len);
		at += len;
	}
	return err;
}

/* Until the host has all of it under its name. */
static int
wait_kept(const struct peer_file *file)
{
	uint64_t at = 0;

	while (at < file->size) {
		struct frame f;
		uint32_t fid;
		int err = peer_wait(FRAME_FILE_ACK, &f);

		if (err == 0)
			err = file_at_get(&fid, &at, f.body, f.body_len);
		if (err < 0)
			return err;
	}
	return 0;
}

static int
send_file(const struct peer_file *file)
{
	uint8_t rest[FILE_AT];
	struct frame f;
	int err = send_offer(file);

	if (err == 0)
		err = peer_wait(FRAME_FILE_ACCEPT, &f);
	if (err == 0)
		err = wait_for_audit();
	if (err == 0)
		err = send_bytes(file);
	if (err == 0)
		err = wait_kept(file);
	if (err == 0)
		err = send_numbered(FRAME_FILE_END, THIRD, rest,
		    file_at_put(rest, OUR_FILE, file->size));
	return err < 0 ? err : peer_wait_ack(THIRD);
}

/* ---- one of the host's ---- */

static int
take_offer(const struct peer_file *file, uint32_t *fid)
{
	struct frame f;
	struct file_offer o;
	const uint8_t *rest;
	uint64_t mseq;
	size_t len;
	int err = peer_wait(FRAME_FILE_OFFER, &f);

	if (err == 0)
		err = numbered_get(&mseq, &rest, &len, &f);
	if (err == 0)
		err = offer_get(&o, rest, len);
	if (err != 0)
		return err;
	*fid = o.fid;
	return o.size == file->size ? 0 : -ERR_FORMAT;
}

static int
take_bytes(const struct peer_file *file)
{
	uint64_t next = 0;

	while (next < file->size) {
		const uint8_t *data;
		struct frame f;
		uint32_t fid;
		uint64_t at;
		size_t len;
		int err = peer_wait(FRAME_FILE_DATA, &f);

		if (err == 0)
			err = file_data_get(&fid, &at, &data, &len, &f);
		if (err != 0)
			return err;
		fill(body, len, file, at);
		if (at != next || memcmp(body, data, len) != 0)
			return -ERR_FORMAT;
		next += len;
	}
	return 0;
}

static int
take_file(const struct peer_file *file)
{
	uint8_t rest[FILE_AT];
	struct frame f;
	uint32_t fid = 0;
	int err = take_offer(file, &fid);

	if (err == 0)
		err = wait_for_audit();
	if (err == 0)
		err = send_numbered(
		    FRAME_FILE_ACCEPT, SECOND, rest, file_at_put(rest, fid, 0));
	if (err == 0)
		err = take_bytes(file);
	if (err == 0)
		err = peer_send(
		    FRAME_FILE_ACK, rest, file_at_put(rest, fid, file->size));
	if (err == 0)
		err = peer_wait(FRAME_FILE_END, &f);
	return err < 0 ? err : peer_send(FRAME_ACK, NULL, 0);
}

int
peer_move_file(const struct peer_file *file)
{
	return file->sends ? send_file(file) : take_file(file);
}
