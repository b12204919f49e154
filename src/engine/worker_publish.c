#include "worker_private.h"
#include "worker_run.h"

/* Copies new verdicts into the runs. Returns whether there were any. */
static bool take_verdicts(struct worker *worker)
{
    uint64_t epoch;
    struct verification verification;
    bool taken = false;
    while (verifier_take(worker->verifier, &epoch, &verification)) {
        for (uint32_t i = 0; i < worker->request.count; i++) {
            struct run *run = &worker->runs[i];
            if (run->epoch != epoch)
                continue;
            run->verification = verification;
            run->version++;
            taken = true;
        }
    }
    return taken;
}

/* Copies the verification progress into the runs. Returns whether it changed. */
static bool note_progress(struct worker *worker)
{
    uint64_t epoch;
    uint32_t checked;
    bool changed = false;
    const bool checking = verifier_progress(worker->verifier, &epoch, &checked);
    for (uint32_t i = 0; i < worker->request.count; i++) {
        struct run *run = &worker->runs[i];
        const bool verifying = checking && run->epoch == epoch && worker_run_awaits_verdict(run);
        const uint32_t verified = verifying ? checked : 0;
        if (run->verifying != verifying || run->verified != verified) {
            run->verifying = verifying;
            run->verified = verified;
            run->version++;
            changed = true;
        }
    }
    return changed;
}

bool worker_take_verdicts(struct worker *worker)
{
    const bool taken = take_verdicts(worker);
    return note_progress(worker) || taken;
}

void worker_publish(struct worker *worker)
{
    struct snapshot *next = worker_snapshots_next(&worker->snapshots);
    worker_telemetry_take(&worker->telemetry);
    next->request_id = worker->request.id;
    next->state = worker->state;
    next->error = worker->error;
    next->paused = worker->request.paused;
    next->selected = worker->request.selected;
    next->active = worker->turn.variant ? (uint32_t)(worker->turn.run - worker->runs)
                                        : worker->request.selected;
    next->device = worker->info;
    next->ceilings = worker->ceilings.known;
    next->measures = worker->ceilings.measures;
    next->unmeasured = worker->ceilings.unmeasured;
    for (uint32_t i = 0; i < worker->request.count; i++)
        if (!worker_snapshots_add(next, &worker->runs[i]))
            break;
    worker_snapshots_publish(&worker->snapshots);
}

void worker_publish_if_due(struct worker *worker)
{
    if (!worker_snapshots_is_due(&worker->snapshots))
        return;
    worker_take_verdicts(worker);
    worker_publish(worker);
}
