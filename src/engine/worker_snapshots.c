#include "worker_snapshots.h"

#include "../../kernels/clock.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define PUBLISH_NS UINT64_C(25000000) /* leaves a margin below the promised 33 ms */

bool worker_snapshots_open(struct worker_snapshots *snapshots)
{
    triple_open(&snapshots->triple);
    snapshots->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return snapshots->news >= 0;
}

void worker_snapshots_close(struct worker_snapshots *snapshots)
{
    if (snapshots->news >= 0)
        close(snapshots->news);
    for (int slot = 0; slot < 3; slot++)
        for (uint32_t i = 0; i < WORKER_RUNS; i++)
            run_close(&snapshots->slots[slot].runs[i]);
}

struct snapshot *worker_snapshots_next(struct worker_snapshots *snapshots)
{
    struct snapshot *slot = &snapshots->slots[snapshots->triple.back];
    slot->number = ++snapshots->published;
    slot->count = 0;
    return slot;
}

bool worker_snapshots_add(struct snapshot *snapshot, const struct run *run)
{
    struct run *copy = &snapshot->runs[snapshot->count];
    if ((!copy->histograms[0].counts && !run_open(copy)) || !run_copy(copy, run))
        return false;
    snapshot->count++;
    return true;
}

void worker_snapshots_publish(struct worker_snapshots *snapshots)
{
    const struct snapshot *slot = &snapshots->slots[snapshots->triple.back];
    if (slot->state == WORKER_IDLE || slot->state == WORKER_FAILED)
        __atomic_store_n(&snapshots->rested, slot->request_id, __ATOMIC_RELEASE);
    triple_publish(&snapshots->triple);
    snapshots->published_ns = clock_now();
    eventfd_write(snapshots->news, 1);
}

bool worker_snapshots_is_due(const struct worker_snapshots *snapshots)
{
    return clock_now() - snapshots->published_ns >= PUBLISH_NS;
}

const struct snapshot *worker_snapshots_look(struct worker_snapshots *snapshots)
{
    eventfd_t news;
    eventfd_read(snapshots->news, &news);
    triple_take(&snapshots->triple);
    return &snapshots->slots[snapshots->triple.front];
}

bool worker_snapshots_rests(const struct worker_snapshots *snapshots, uint64_t id)
{
    return __atomic_load_n(&snapshots->rested, __ATOMIC_ACQUIRE) == id;
}
