/*
 * System calls that some machines do not have.  Newer ones (aarch64, riscv64)
 * have only the younger of two twins, ppoll without poll; a row for the one
 * that is not there has the number -1 and is left out of the filter.
 */
#ifndef SECCHAT_SANDBOX_NR_H
#define SECCHAT_SANDBOX_NR_H

#include <sys/syscall.h>

/* A 32-bit machine has other calls for files, sockets and time altogether. */
#ifndef __LP64__
#error "secchat is for 64-bit machines: its policies name their system calls"
#endif

#ifndef SYS_access
#define SYS_access (-1)
#endif
#ifndef SYS_arch_prctl
#define SYS_arch_prctl (-1)
#endif
#ifndef SYS_dup2
#define SYS_dup2 (-1)
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret (-1)
#endif
#ifndef SYS_mkdir
#define SYS_mkdir (-1)
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat (-1)
#endif
#ifndef SYS_poll
#define SYS_poll (-1)
#endif
#ifndef SYS_renameat
#define SYS_renameat (-1)
#endif
#ifndef SYS_rseq
#define SYS_rseq (-1)
#endif
#ifndef SYS_sync_file_range
#define SYS_sync_file_range (-1)
#endif

/*
 * F_GETFL reports this bit, which the kernel sets by itself; libc's own
 * O_LARGEFILE is 0 on 64-bit machines.
 */
#if defined(__aarch64__) || defined(__arm__)
#define KERNEL_O_LARGEFILE 0400000
#else
#define KERNEL_O_LARGEFILE 0100000
#endif

#endif
