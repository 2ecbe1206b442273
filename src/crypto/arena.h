/*
 * Memory for keys.  Where the kernel has memfd_secret, pages that it cannot
 * itself read on behalf of others: not through ptrace's peek, /proc/PID/mem
 * or process_vm_readv, not even for root, and not into a core dump.  Else
 * sodium_malloc: locked, between guard pages, left out of dumps.  Neither
 * helps against root who runs code inside the process.
 */
#ifndef SECCHAT_SRC_CRYPTO_ARENA_H
#define SECCHAT_SRC_CRYPTO_ARENA_H

#include <stddef.h>
#include <stdint.h>

/*
 * size bytes of zeros, aligned for any type, for as long as the process
 * lives; no child inherits memfd_secret pages.  *kind says what it is, one of
 * KEYMEM_*.  NULL when there is no memory at all.  Call after sodium_init and
 * before jail_enter: the system calls are not allowed afterwards, and a file
 * size limit of 0 would kill.
 */
void *arena_new(size_t size, uint8_t *kind);

/* Erase it.  It stays mapped, so a late reader finds zeros and not a fault. */
void arena_wipe(void *p, size_t size);

#endif
