/*
 * Memory that the kernel itself does not read on behalf of others.
 */
#ifndef SECCHAT_SRC_AUDIT_KEYMEM_H
#define SECCHAT_SRC_AUDIT_KEYMEM_H

/* A descriptor of secret memory, or -1 where there is none. */
int keymem_secret_fd(void);

#endif
