#include "dot.h"
#include "../inputs.h"

/* Replaces the previous output in the first step, and in every step with CHAIN off. This saves a
 * branch in the loop. */
static const float zero_row[HEAD_DIM_MOST] __attribute__((aligned(64)));

#define DOT_STEP step_baseline
#define DOT_TARGET
#define DOT_LANES 4
#include "dot_body.h"

#if defined(__x86_64__)

#define DOT_STEP   step_avx2
#define DOT_TARGET __attribute__((target("avx2,fma")))
#define DOT_LANES  8
#include "dot_body.h"

#define DOT_STEP   step_avx512
#define DOT_TARGET __attribute__((target("avx512f")))
#define DOT_LANES  16
#include "dot_body.h"

static dot_step *const steps[DOT_PATHS] = {step_baseline, step_avx2, step_avx512};
static const char *const names[DOT_PATHS] = {"SSE2", "AVX2", "AVX-512"};

bool dot_path_runs(enum dot_path path)
{
    switch (path) {
    case DOT_BASELINE:
        return true;
    case DOT_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case DOT_AVX512:
        return __builtin_cpu_supports("avx512f");
    default:
        return false;
    }
}

#else

static dot_step *const steps[DOT_PATHS] = {step_baseline};
#if defined(__aarch64__)
static const char *const names[DOT_PATHS] = {"NEON", "AVX2", "AVX-512"};
#else
static const char *const names[DOT_PATHS] = {"generic", "AVX2", "AVX-512"};
#endif

bool dot_path_runs(enum dot_path path)
{
    return path == DOT_BASELINE;
}

#endif

static enum dot_path forced = DOT_PATHS; /* DOT_PATHS: no path is forced */

const char *dot_path_name(enum dot_path path)
{
    return names[path];
}

enum dot_path dot_path_chosen(void)
{
    if (forced != DOT_PATHS)
        return forced;
    enum dot_path path = DOT_AVX512;
    while (!dot_path_runs(path))
        path--;
    return path;
}

void dot_path_force(enum dot_path path)
{
    forced = path;
}

dot_step *dot_path_step(enum dot_path path)
{
    return steps[path];
}
