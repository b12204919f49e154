#include "worker_telemetry.h"

void worker_telemetry_open(struct worker_telemetry *telemetry, enum backend backend, int device)
{
    const struct meter *meter = backends[backend]->meter;
    struct error ignored;
    if (!telemetry->tried && meter)
        telemetry->watcher = watcher_start(meter, device, &ignored);
    telemetry->tried = true;
}

void worker_telemetry_close(struct worker_telemetry *telemetry)
{
    watcher_stop(telemetry->watcher);
    telemetry->watcher = NULL;
}

void worker_telemetry_begin(struct worker_telemetry *telemetry, const struct turn *turn)
{
    struct run *run = turn->run;
    if (telemetry->run || !telemetry->watcher || turn->check_due || turn->warm_left > 0)
        return;
    telemetry->run = run;
    telemetry->before = run->telemetry;
    watcher_begin(telemetry->watcher, (uint64_t)(run->used.seq_len * run->used.batch),
                  run->backend == BACKEND_CPU ? run->facts.programs : 0);
}

void worker_telemetry_count(const struct worker_telemetry *telemetry)
{
    if (telemetry->run)
        watcher_count(telemetry->watcher);
}

static void add(const struct worker_telemetry *telemetry, const struct telemetry *of_turn)
{
    struct run *run = telemetry->run;
    run->telemetry = telemetry->before;
    telemetry_merge(&run->telemetry, of_turn);
    run->version++;
}

void worker_telemetry_take(const struct worker_telemetry *telemetry)
{
    struct telemetry of_turn;
    if (telemetry->run && watcher_look(telemetry->watcher, &of_turn))
        add(telemetry, &of_turn);
}

void worker_telemetry_end(struct worker_telemetry *telemetry)
{
    struct telemetry of_turn;
    if (telemetry->run && watcher_end(telemetry->watcher, &of_turn))
        add(telemetry, &of_turn);
    telemetry->run = NULL;
}
