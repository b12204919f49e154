/*
 * unit.h - the headers and assertions that nearly every unit test needs.
 */
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Checks that a call succeeds. If the call fails, it sets the variable `error`. */
#define assert_success(call) cr_assert(call, "%s", error.text)

/* Checks that a text contains a part. */
#define assert_contains(text, part)                                                                \
    do {                                                                                           \
        const char *const whole_ = (text), *const part_ = (part);                                  \
        cr_assert_not_null(strstr(whole_, part_), "no \"%s\" in: %s", part_, whole_);              \
    } while (0)
