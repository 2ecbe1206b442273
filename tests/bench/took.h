/*
 * How long things took: kept while they are measured, summed up afterwards.
 * No allocation and no system call, so that a confined program can use it.
 */
#ifndef BENCH_TOOK_H
#define BENCH_TOOK_H

#include <stddef.h>
#include <stdint.h>

#define TOOK_MAX 1000000
#define TOOK_LINE 128

/* Nanoseconds of a clock that only goes forward. */
uint64_t took_now(void);

/* Forget what was measured. */
void took_clear(void);

/* One more, from a took_now to now; what is beyond TOOK_MAX is not kept. */
void took_since(uint64_t start);

/* "p50 p90 p99 mean max\n" in microseconds into line; its length.  At least
 * one was measured. */
size_t took_line(char line[TOOK_LINE]);

#endif
