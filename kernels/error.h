/*
 * error.h - an error is a value: a kind, and one sentence for the user.
 *
 * This is the lowest layer: every other layer includes it, because all of them fail the same way.
 */
#pragma once

#include <stdbool.h>
#include <sys/cdefs.h> /* __BEGIN_DECLS: in C++ and nvcc, declares C functions */

__BEGIN_DECLS

enum error_kind {
    ERROR_NONE,
    ERROR_RUN,         /* a run failed, or output could not be written: exit status 1 */
    ERROR_INPUT,       /* bad usage or input: exit status 2 */
    ERROR_UNSUPPORTED, /* this machine, device or build cannot run it: exit status 3 */
    ERROR_LOST,        /* a run failed and left the device unusable: every later driver call in this
                          process fails; exit status 1 */
};

/* One sentence for the user: what, where, what is accepted. No newline, no full stop at the end. */
struct error {
    enum error_kind kind;
    char text[512];
};

/* Fills *error (printf style; truncates to the buffer). Always returns false, so that a failing
 * function can `return error_set(...)`. */
bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

__END_DECLS
