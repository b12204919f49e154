/*
 * dot.h - the arithmetic of `dot`: one decode step of a range of sequences on one thread.
 *
 * The code is compiled once per SIMD path, and selected at run time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The tensors, fp32, [BATCH][seq_len][head_dim], aligned to 64 bytes. */
struct dot_tensors {
    const float *q, *k, *v;
    float *out;
    uint64_t seq_len;
    uint32_t head_dim; /* a multiple of 32, at most HEAD_DIM_MOST */
    bool chain;
};

/* Runs step t of sequences [first, last). With `chain` it reads their outputs of step t-1. */
typedef void dot_step(const struct dot_tensors *tensors, uint64_t t, uint32_t first, uint32_t last);

enum dot_path { DOT_BASELINE, DOT_AVX2, DOT_AVX512, DOT_PATHS };

/* Returns "AVX-512" or "AVX2"; for the baseline, the architecture's own name: "SSE2", "NEON" or
 * "generic". */
const char *dot_path_name(enum dot_path path);

/* Whether this machine and this build support the path. They always support the baseline. */
bool dot_path_runs(enum dot_path path);

/* The path in use: the widest supported path, unless dot_path_force chose one. */
enum dot_path dot_path_chosen(void);

/* Selects a supported path from now on; for tests. */
void dot_path_force(enum dot_path path);

/* The function for a supported path. */
dot_step *dot_path_step(enum dot_path path);
