/*
 * The crypto worker's one room: the engine connected to its descriptors.
 */
#ifndef SECCHAT_CRYPTO_WORKER_H
#define SECCHAT_CRYPTO_WORKER_H

#include <stdint.h>

struct jail_report;

/*
 * Allocate the key arena.  Before the lock-down, since memfd_secret and its
 * mapping are not in the policy.  fatal() when no memory can be locked.
 */
void crypto_worker_prepare(void);

/*
 * Serve FD_SUPER, FD_CRYPTO_UI, FD_CRYPTO_NET and FD_SECRET until the
 * supervisor closes its end.  READY is sent first.  Returns the exit status.
 */
int crypto_worker_run(const struct jail_report *report);

#endif
