/*
 * Both declarations and the head of a function that the linker puts before one
 * of the program or of a library (--wrap): WRAPPED(int, close, int fd) { ... }.
 * What it stands before is __real_close.
 */
#ifndef SECCHAT_TESTS_WRAPPED_H
#define SECCHAT_TESTS_WRAPPED_H

#define WRAPPED(ret, name, ...)         \
	ret __real_##name(__VA_ARGS__); \
	ret __wrap_##name(__VA_ARGS__); \
	ret __wrap_##name(__VA_ARGS__)

#endif
