/*
 * Which bytes are secret, for the constant-time test.  Memcheck complains
 * when a branch or an address depends on undefined memory; so secrets are
 * marked undefined, and what is computed from them is undefined too.  A value
 * that may decide something is made defined again, by one function and for
 * one of the reasons below; there is no other way out.
 */
#ifndef SECCHAT_TESTS_CT_H
#define SECCHAT_TESTS_CT_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define CT_REASONS(X) \
X(WIRE,     "handed to net: everybody on the way reads it") \
X(KEY,      "a public key") \
X(TAG,      "whether a tag fits: the connection goes on, or it ends") \
X(DH,       "whether a Diffie-Hellman result is usable: likewise") \
X(COMPARED, "whether a commitment, digits or a spelling are right: it is told") \
X(FORMAT,   "whether a key file, code or passphrase is well formed: it is told") \
X(PLAIN,    "what a verified frame or message carries: its type, its length " \
            "and the peer's public key decide what happens next") \
X(PING,     "eight random bytes by which a PONG is recognised") \
X(DIGITS,   "what the digits are made of: all of it was sent, r_J in OPEN")
/* clang-format on */

enum ct_reason {
#define CT_NAME(name, why) CT_##name,
	CT_REASONS(CT_NAME)
#undef CT_NAME
	CT_REASON_COUNT
};

/* From here on nothing may depend on these bytes. */
void ct_secret(const void *p, size_t len);

/* These may be known, for that reason. */
void ct_public(enum ct_reason why, const void *p, size_t len);

/* Whether every byte of them has something secret in it. */
int ct_is_secret(const void *p, size_t len);

/* Times that a reason was used, and its text. */
unsigned ct_used(enum ct_reason why);
const char *ct_name(enum ct_reason why);
const char *ct_why(enum ct_reason why);

/* Memcheck's complaints so far; suppressed ones do not count. */
unsigned ct_complaints(void);

/* A line in Memcheck's log: what follows belongs to this case. */
void ct_mark(const char *name);

/* Whether Memcheck is there to complain. */
int ct_watched(void);

#endif
