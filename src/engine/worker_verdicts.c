#include "worker_verdicts.h"

#include "worker_run.h"

/* Whether a verdict came in. */
static bool take_verdicts(struct verifier *verifier, struct run *runs, uint32_t count)
{
    uint64_t epoch;
    struct verification verification;
    bool taken = false;
    while (verifier_take(verifier, &epoch, &verification)) {
        for (uint32_t i = 0; i < count; i++) {
            if (runs[i].epoch == epoch) {
                runs[i].verification = verification;
                runs[i].version++;
                taken = true;
            }
        }
    }
    return taken;
}

/* Whether a verification has progressed, begun or ended. */
static bool note_progress(struct verifier *verifier, struct run *runs, uint32_t count)
{
    uint64_t epoch;
    uint32_t checked;
    bool changed = false;
    const bool checking = verifier_progress(verifier, &epoch, &checked);
    for (uint32_t i = 0; i < count; i++) {
        struct run *run = &runs[i];
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

bool worker_verdicts_note(struct verifier *verifier, struct run *runs, uint32_t count)
{
    const bool taken = take_verdicts(verifier, runs, count);
    return note_progress(verifier, runs, count) || taken;
}
