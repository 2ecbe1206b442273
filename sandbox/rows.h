/*
 * How a row of a policy is written, and the tables that several programs
 * share.  A row names a system call, what its arguments must be, and why the
 * program needs it; an argument that no row names may be anything.
 */
#ifndef SECCHAT_SANDBOX_ROWS_H
#define SECCHAT_SANDBOX_ROWS_H

#include <fcntl.h>

#include "nr.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

/* clang-format off */
/* A row: the call, its conditions if it has any, the reason. */
#define ALLOW(call, reason) \
	{ .nr = SYS_##call, .name = #call, .why = (reason) }
#define ALLOW_IF(call, reason, ...) \
	{ .nr = SYS_##call, .name = #call, .why = (reason), \
	  .args = { __VA_ARGS__ } }
#define REFUSE_IF(call, errno_value, reason, ...) \
	{ .nr = SYS_##call, .name = #call, .error = (errno_value), \
	  .why = (reason), .args = { __VA_ARGS__ } }
#define REFUSE(call, errno_value, reason) \
	{ .nr = SYS_##call, .name = #call, .error = (errno_value), \
	  .why = (reason) }

/*
 * A condition on argument n, counted from 0.  IS is for what the kernel takes
 * as an int, IS64 for pointers and longs.
 */
#define IS(n, v)      { (n), ARG_EQ,        (uint64_t)(uint32_t)(v) }
#define IS64(n, v)    { (n), ARG_EQ64,      (uint64_t)(v) }
#define IS_NULL(n)    IS64(n, 0)
#define WITHOUT(n, v) { (n), ARG_NO_BITS,   (uint64_t)(v) }
#define ONLY(n, v)    { (n), ARG_ONLY_BITS, (uint64_t)(v) }
#define PROCESS(n)    { (n), ARG_PROCESS,   0 }
/* clang-format on */

/* F_SETFL is given back what F_GETFL returned, O_NONBLOCK added. */
#define SETFL_FLAGS (O_RDWR | O_APPEND | O_NONBLOCK | KERNEL_O_LARGEFILE)

/* How a file that is received goes to the disk as it comes. */
#define PACE_FLAGS                                             \
	(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | \
	    SYNC_FILE_RANGE_WAIT_AFTER)

/* The link to the supervisor, by every worker that passes no descriptor. */
extern const struct policy_row sandbox_link[];
extern const size_t sandbox_link_len;

/* What both front ends do with the user's input, output and crypto. */
extern const struct policy_row sandbox_front[];
extern const size_t sandbox_front_len;

/* Random bytes for keys. */
extern const struct policy_row sandbox_random[];
extern const size_t sandbox_random_len;

/* The other links of whatever stands in crypto's place, and its secret. */
extern const struct policy_row sandbox_crypto[];
extern const size_t sandbox_crypto_len;

/* connect to a peer, and speak to a proxy. */
extern const struct policy_row sandbox_connect[];
extern const size_t sandbox_connect_len;

/* Local stream sockets, and no others. */
extern const struct policy_row sandbox_dial_unix[];
extern const size_t sandbox_dial_unix_len;

/* getaddrinfo, bind and listen. */
extern const struct policy_row sandbox_dial[];
extern const size_t sandbox_dial_len;

/* From exec to the end of jail_enter: what a worker does unconfined. */
extern const struct policy_row sandbox_start[];
extern const size_t sandbox_start_len;

#endif
