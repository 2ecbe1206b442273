/*
 * The worker's one room: the engine connected to its descriptors.
 */
#ifndef SECCHAT_SRC_LEGACY_WORKER_H
#define SECCHAT_SRC_LEGACY_WORKER_H

struct jail_report;

/* libcrypto and the key arena, before the lock-down; fatal() without. */
void legacy_worker_prepare(void);

/* Serve until the supervisor closes its end.  The exit status. */
int legacy_worker_run(const struct jail_report *report);

#endif
