/*
 * The version of the program and of the two contracts it speaks.
 */
#ifndef SECCHAT_VERSION_H
#define SECCHAT_VERSION_H

#define SECCHAT_VERSION "0.1.0"
#define SECCHAT_PROTOCOL "secchat/1"

/* What --version adds: limits.h, TEST_LIMITS. */
#ifdef SECCHAT_TEST_LIMITS
#define SECCHAT_BUILD ", test limits: not for use"
#else
#define SECCHAT_BUILD ""
#endif

/* The intro's number: it changes only when what it says changes meaning. */
#define SECCHAT_INTRO 1

#endif
