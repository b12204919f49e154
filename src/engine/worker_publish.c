#include "worker_private.h"
#include "worker_verdicts.h"

bool worker_publish_note_verdicts(struct worker *worker)
{
    return worker_verdicts_note(worker->verifier, worker->runs, worker->request.count);
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
    worker_publish_note_verdicts(worker);
    worker_publish(worker);
}
