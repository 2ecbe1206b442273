/*
 * Socket addresses as people read them.  No name is ever looked up and no
 * system call is made, so that a confined worker can use it.
 */
#ifndef SECCHAT_ADDR_H
#define SECCHAT_ADDR_H

#include <sys/socket.h>

#include "limits.h"

/*
 * "192.0.2.1:5000" or "[2001:db8::1]:5000"; an IPv4 address mapped into IPv6
 * is written as IPv4, a scope as its number.  "" for other families.
 */
void addr_text(char out[ADDR_TEXT_MAX + 1], const struct sockaddr *sa);

/* The same without port and brackets. */
void addr_host_text(char out[ADDR_TEXT_MAX + 1], const struct sockaddr *sa);

/*
 * The IPv4 address (4 bytes, network order) of an AF_INET address or of one
 * that is mapped into IPv6; NULL for everything else.  Points into sa.
 */
const void *addr_ipv4(const struct sockaddr *sa);

#endif
