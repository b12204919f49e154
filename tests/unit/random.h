/*
 * random.h - splitmix64 (Steele, Lea, Flood 2014), for tests that need many different inputs that
 * are the same in every run.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Returns a random number below `limit`, which must not be 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return random_next(state) % limit;
}

/* Returns one of `count` values, at random. */
static inline int64_t random_of(uint64_t *state, const int64_t *values, size_t count)
{
    return values[random_below(state, count)];
}

/* Returns one of the values, at random. */
#define RANDOM_OF(state, ...)                                                                      \
    random_of(state, (const int64_t[]){__VA_ARGS__},                                               \
              sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
