/*
 * Two kinds of memory for keys, as the kernel gives them.
 */
#ifndef SECCHAT_SRC_AUDIT_KEYMEM_H
#define SECCHAT_SRC_AUDIT_KEYMEM_H

#include <stddef.h>

/* A descriptor of secret memory, or -1. */
int keymem_secret_fd(void);

/* A page of it, or NULL. */
void *keymem_secret(size_t size);

/* A page as sodium_malloc makes it: locked, not in dumps; or NULL. */
void *keymem_locked(size_t size);

#endif
