#include "progress.h"

#include <stdio.h>

#define SPIN_NS UINT64_C(100000000)

void progress_follow(struct progress *progress, uint64_t key, uint64_t now_ns)
{
    if (key != progress->key)
        progress->began_ns = now_ns;
    progress->key = key;
    progress->now_ns = now_ns;
}

static void write_run(const struct run *run, char *text, size_t size)
{
    if (run->status == RUN_WARMING)
        snprintf(text, size, "warming up, %u of %lld iterations", run->warmed,
                 (long long)run->used.warmup);
    else
        snprintf(text, size, "%s",
                 run->status == RUN_PREPARING   ? "allocating, generating inputs"
                 : run->status == RUN_MEASURING ? "the first iterations are running"
                                                : "waiting for its time slice");
}

void progress_text(enum worker_state state, const char *device, const char *name,
                   const struct run *run, char *text, size_t size)
{
    char what[96] = "waiting for its time slice";
    if (state == WORKER_OPENING) {
        snprintf(text, size, "opening %s", device);
        return;
    }
    if (state == WORKER_MEASURING) {
        snprintf(text, size, "measuring the peaks of %s, which takes about a second", device);
        return;
    }
    if (run)
        write_run(run, what, sizeof what);
    if (run && run->verifying)
        snprintf(text, size, "%s: %s; verifying: %u of %u so far", name, what, run->verified,
                 run->verification.total);
    else
        snprintf(text, size, "%s: %s", name, what);
}

void progress_elapsed(const struct progress *progress, char *text, size_t size)
{
    static const char spinner[] = "|/-\\";
    const uint64_t passed = progress->now_ns - progress->began_ns;
    if (progress->key == 0)
        text[0] = '\0';
    else
        snprintf(text, size, "%c %.1f s", spinner[passed / SPIN_NS % 4], (double)passed / 1e9);
}
