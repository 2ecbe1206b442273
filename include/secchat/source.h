/*
 * Who a stranger is, as far as limits are concerned: one IPv4 address, or one
 * IPv6 /64, because a single computer has all of a /64 to choose from
 * (docs/protocol.md, "Limits").
 */
#ifndef SECCHAT_SOURCE_H
#define SECCHAT_SOURCE_H

#include <stdint.h>
#include <sys/socket.h>

struct source {
	uint8_t kind;     /* 4, 6, or 0: neither */
	uint8_t bytes[8]; /* the address or the /64; zeros behind it */
};

/* IPv4 mapped into IPv6 is IPv4. */
void source_of(struct source *s, const struct sockaddr *sa);

/* The same of what addr_text wrote; kind 0 for anything else. */
void source_of_text(struct source *s, const char *text);

/* Whether they are the same. */
int source_is(const struct source *a, const struct source *b);

#endif
