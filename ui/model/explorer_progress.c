#include "explorer_progress.h"

#include "explorer_rows.h"

#include "../../src/engine/backend_name.h"

#include <stdio.h>

/* Returns a number that changes when another wait begins; 0: there is no wait. */
static uint64_t wait_key(const struct explorer *explorer)
{
    const struct row row = explorer_selected(explorer);
    const struct snapshot *snapshot = explorer->source.snapshot;
    if (!explorer->source.worker || explorer->frozen || explorer->request.paused || !row.own ||
        snapshot->state == WORKER_FAILED)
        return 0;
    if (row.run && (row.run->histograms[METRIC_ITERATION].count > 0 || row.run->status >= RUN_DONE))
        return 0;
    return 1 + ((uint64_t)explorer->selected << 8) +
           (uint64_t)(snapshot->state == WORKER_OPENING || snapshot->state == WORKER_MEASURING
                          ? 16 + (int)snapshot->state
                          : 0) +
           (row.run ? (uint64_t)row.run->status + (row.run->epoch << 16) : 0);
}

bool explorer_progress_tick(struct explorer *explorer, uint64_t now_ns)
{
    struct progress *progress = &explorer->progress;
    const uint64_t key = wait_key(explorer);
    if (key == progress->key &&
        (key == 0 || now_ns - progress->now_ns < EXPLORER_TICK_MS * UINT64_C(1000000)))
        return false;
    progress_follow(progress, key, now_ns);
    return true;
}

int explorer_progress_wait_ms(const struct explorer *explorer)
{
    return wait_key(explorer) != 0 ? EXPLORER_TICK_MS : -1;
}

void explorer_progress_text(const struct explorer *explorer, char *text, size_t size)
{
    const struct row row = explorer_selected(explorer);
    char device[32], what[160], elapsed[32];
    const bool gpu = explorer->backend != BACKEND_CPU;
    snprintf(device, sizeof device, gpu ? "%s:%d" : "%s", backend_name(explorer->backend),
             explorer->device);
    progress_text(explorer->source.worker ? explorer->source.snapshot->state : WORKER_IDLE, device,
                  row.name ? row.name : "nothing", row.run, what, sizeof what);
    progress_elapsed(&explorer->progress, elapsed, sizeof elapsed);
    snprintf(text, size, "%s%s%s", what, *elapsed ? "  " : "", elapsed);
}
