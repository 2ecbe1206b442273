/*
 * secchat/1 on the wire: HELLO and REFUSE messages, frame payloads and
 * padding.  Pure functions over the caller's buffers: no key, no clock, no
 * system call.  The paragraphs named are those of docs/protocol.md.
 */
#ifndef SECCHAT_WIRE_H
#define SECCHAT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"

/* ---- HELLO and REFUSE ("Handshake bytes"; hello.c) ---- */

struct hello {
	uint8_t mode;
	uint8_t suite;
	uint8_t sel;        /* HELLO_H only; must be 0 in HELLO_J */
	uint8_t c_or_r[32]; /* c of the joiner, r_H of the host */
};

/* The fixed first 44 bytes of HELLO_J or HELLO_H. */
void hello_put(uint8_t out[HELLO_MIN], const struct hello *h);

/* 0, or -ERR_NOT_SECCHAT (magic), -ERR_REFUSED_VERSION (another version),
 * -ERR_FORMAT (a byte that must be zero is not; sel in a joiner's). */
int hello_get_joiner(struct hello *h, const uint8_t in[HELLO_MIN]);
int hello_get_host(struct hello *h, const uint8_t in[HELLO_MIN]);

enum refuse_reason {
	REFUSE_VERSION = 1,
	REFUSE_MODE,
	REFUSE_BUSY,
	REFUSE_RESUME,
	REFUSE_RATE,
};

/* A host's answer to a HELLO that it does not take. */
void refuse_put(uint8_t out[REFUSE_LEN], uint8_t reason);

/*
 * What the first 12 bytes of a host's answer are: 0 a HELLO_H begins;
 * -ERR_REFUSED_* a REFUSE, unauthenticated (or a HELLO_H of another version);
 * -ERR_NOT_SECCHAT neither.
 */
int answer_kind(const uint8_t in[REFUSE_LEN]);

/* ---- frames ("Transport frame"; frame.c) ---- */

/* clang-format off */
enum frame_type {
	FRAME_OPEN = 0x01, FRAME_ACK, FRAME_PING, FRAME_PONG,
	FRAME_REKEY, FRAME_SWITCH, FRAME_CLOSE, FRAME_CLOSE_ACK,
	FRAME_MSG = 0x10,
	FRAME_FILE_OFFER = 0x20, FRAME_FILE_ACCEPT, FRAME_FILE_CANCEL,
	FRAME_FILE_DATA, FRAME_FILE_END, FRAME_FILE_ACK,
};
/* clang-format on */

/* The five sizes of a plaintext, smallest first. */
extern const uint16_t frame_buckets[5];

/* The smallest bucket that holds a body of this size, or 0: too large. */
size_t frame_bucket(size_t body_len);

/* Whether L (ciphertext length) is one of the five allowed. */
int frame_len_ok(uint32_t ct_len);

/* What a verified plaintext holds; body points into it. */
struct frame {
	uint8_t type;
	uint64_t ack;
	const uint8_t *body;
	size_t body_len;
};

/*
 * Write header, body and zero padding into plain (FRAME_PLAIN_MAX bytes).
 * Returns the bucket, i.e. the plaintext's length; 0 when the body is too
 * large.  body may be NULL when body_len is 0.
 */
size_t frame_put(uint8_t *plain, uint8_t type, uint64_t ack, const void *body,
    size_t body_len);

/*
 * Take a verified plaintext apart.  0, or -ERR_VIOLATION: flags not zero, a
 * body longer than the plaintext, not the smallest bucket, padding not zero,
 * a type that this version does not know, or a body whose size is impossible
 * for its type.  Padding is compared without an early exit.
 */
int frame_get(struct frame *f, const uint8_t *plain, size_t plain_len);

/* "MSG", for logs; "?" for an unknown type. */
const char *frame_name(uint8_t type);

/* ---- bodies (body.c): encode returns the length, decode 0 or
 * -ERR_VIOLATION.  A buffer to encode into holds what its type takes: OPEN 53
 * and the name, MSG 8 and the text, PING 8, CLOSE 9, REKEY 36, SWITCH 4.  A
 * MSG longer than a frame gives 0. ---- */

struct open_body {
	uint8_t r[32]; /* r_J, or 32 zeros from a host */
	uint64_t rx_next;
	uint64_t tx_next;
	uint32_t caps; /* must be 0 */
	uint8_t nick_len;
	uint8_t nick[255]; /* valid UTF-8 */
};

struct close_body {
	uint8_t reason;
	uint64_t tx_next;
};

struct rekey_body {
	uint32_t epoch;
	uint8_t x[32];
};

/* OPEN; a nick that is not UTF-8 is a violation. */
size_t open_put(uint8_t *body, const struct open_body *o);
int open_get(struct open_body *o, const struct frame *f);

/*
 * MSG, FILE_OFFER, FILE_ACCEPT, FILE_CANCEL and FILE_END begin with the mseq
 * ("Acknowledgement"); what follows it is what is kept until it is
 * acknowledged.  0 when it is too long.
 */
size_t numbered_put(uint8_t *body, uint64_t mseq, const void *rest, size_t len);

/* rest points into the frame. */
int numbered_get(
    uint64_t *mseq, const uint8_t **rest, size_t *len, const struct frame *f);

/* The same for MSG, whose text is checked to be valid UTF-8. */
int msg_get(
    uint64_t *mseq, const uint8_t **text, size_t *len, const struct frame *f);

/* PING and PONG. */
size_t ping_put(uint8_t *body, uint64_t value);
int ping_get(uint64_t *value, const struct frame *f);

/* CLOSE. */
size_t close_put(uint8_t *body, const struct close_body *c);
int close_get(struct close_body *c, const struct frame *f);

/* REKEY. */
size_t rekey_put(uint8_t *body, const struct rekey_body *r);
int rekey_get(struct rekey_body *r, const struct frame *f);

/* SWITCH. */
size_t switch_put(uint8_t *body, uint32_t epoch);
int switch_get(uint32_t *epoch, const struct frame *f);

/* ---- files ("Files"; file.c): encode returns the length, decode 0 or
 * -ERR_VIOLATION. ---- */

enum {
	FILE_OFFER_MAX = 4 + 8 + 1 + 255,
	FILE_AT = 12,
	FILE_STOP_LEN = 5
};

/* What follows the mseq of FILE_OFFER. */
struct file_offer {
	uint32_t fid;
	uint64_t size;
	uint8_t name_len;
	uint8_t name[255]; /* valid UTF-8, and nothing more is certain */
};

/* rest holds FILE_OFFER_MAX bytes. */
size_t offer_put(uint8_t *rest, const struct file_offer *o);
int offer_get(struct file_offer *o, const uint8_t *rest, size_t len);

/* What follows the mseq of FILE_ACCEPT (an offset) and FILE_END (the size),
 * and the whole of FILE_ACK (an offset): FILE_AT bytes. */
size_t file_at_put(uint8_t *rest, uint32_t fid, uint64_t at);
int file_at_get(uint32_t *fid, uint64_t *at, const uint8_t *rest, size_t len);

/* What follows the mseq of FILE_CANCEL: FILE_STOP_LEN bytes. */
size_t file_stop_put(uint8_t *rest, uint32_t fid, uint8_t reason);
int file_stop_get(
    uint32_t *fid, uint8_t *reason, const uint8_t *rest, size_t len);

/* FILE_DATA: file_at_put and the data behind it.  data points into the frame;
 * none is a violation. */
int file_data_get(uint32_t *fid, uint64_t *at, const uint8_t **data,
    size_t *len, const struct frame *f);

#endif
