#include "run.h"
#include "../base/text.h"
#include "knobs.h"
#include "times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const metric_keys[METRIC_COUNT + 1] = {
    [METRIC_STEP] = "step",
    [METRIC_BUSY] = "busy",
    [METRIC_GAP] = "gap",
    [METRIC_ITERATION] = "iteration",
    [METRIC_DECODE] = "decode",
    [METRIC_PREFILL] = "prefill",
    [METRIC_ALONE] = "step_alone",
    [METRIC_BARE] = "iteration_unstamped",
    [METRIC_UNPHASED] = "iteration_unphased",
    [METRIC_TTFT] = "ttft",
    [METRIC_SYNC] = "sync",
};

/* Guesses the workload of a recorded variant whose target this build lacks, from whether it had a
 * prefill. */
static const struct workload *guess_workload(const struct run *run)
{
    const bool has_prefill = run->facts.prefill_bytes > 0;
    size_t i = 0;
    while (workloads[i + 1] && workloads[i]->has_prefill != has_prefill)
        i++;
    return workloads[i];
}

const struct workload *run_workload(const struct run *run)
{
    if (run->known)
        return run->known->workload;
    for (size_t i = 0; variants[i]; i++)
        if (strcmp(variants[i]->target, run->target) == 0)
            return variants[i]->workload;
    return guess_workload(run);
}

uint64_t run_read_knobs(const struct run *run)
{
    if (run->known)
        return run->known->knobs;
    return run->named ? run->named : UINT64_MAX;
}

uint64_t run_work_knobs(const struct run *run)
{
    return run_workload(run)->knobs;
}

bool run_has_samples(const struct run *run)
{
    return run->histograms[METRIC_ITERATION].count > 0;
}

bool run_knows(const struct run *run, enum knob_id id)
{
    return run->named == 0 || (run->named >> id & 1);
}

struct run_model run_open_model(void)
{
    const struct model_checkpoint *checkpoint = model_checkpoint_current();
    struct run_model model = {.name = ""};
    if (checkpoint) {
        memcpy(model.name, checkpoint->name, sizeof model.name);
        memcpy(model.hash, checkpoint->hash, sizeof model.hash);
    }
    return model;
}

void run_model_text(const struct run_model *model, char *text, size_t size)
{
    char name[MODEL_NAME_ROOM];
    size_t used = 0, length;
    if (model->hash[0] == '\0') {
        snprintf(text, size, "none from files");
        return;
    }
    for (const char *at = model->name; *at && used + (length = text_length(at)) + 10 <= size;
         at += length, used += length)
        memcpy(name + used, at, length);
    name[used] = '\0';
    snprintf(text, size, "%s %.8s", name, model->hash);
}

/* Whether both runs read a model from files, and the two are not known to be the same model. */
static bool differing_models(const struct run *a, const struct run *b)
{
    return run_knows(a, KNOB_MODEL) && run_knows(b, KNOB_MODEL) &&
           a->used.model == MODEL_CHECKPOINT && b->used.model == MODEL_CHECKPOINT &&
           (a->model.hash[0] == '\0' || strcmp(a->model.hash, b->model.hash) != 0);
}

uint64_t run_differing_work(const struct run *a, const struct run *b)
{
    const uint64_t work = run_work_knobs(a) | run_work_knobs(b);
    uint64_t differing = 0;
    for (int id = 0; id < KNOB_COUNT; id++) {
        const bool left = knob_table[id].automatic && id != KNOB_MODEL &&
                          a->asked.value[id] == KNOB_AUTO && b->asked.value[id] == KNOB_AUTO;
        const bool known = run_knows(a, (enum knob_id)id);
        if ((work >> id & 1) && !left &&
            (known != run_knows(b, (enum knob_id)id) ||
             (known && a->used.value[id] != b->used.value[id])))
            differing |= UINT64_C(1) << id;
    }
    if (differing_models(a, b))
        differing |= work & KNOB_BIT(MODEL);
    return differing;
}

uint64_t run_unlike_work(const struct run *run, const struct knobs *asked)
{
    const uint64_t work = run_work_knobs(run);
    uint64_t unlike = 0;
    for (int id = 0; id < KNOB_COUNT; id++) {
        const int64_t wanted = asked->value[id];
        const bool left = knob_table[id].automatic && wanted == KNOB_AUTO;
        if ((work >> id & 1) && run->asked.value[id] != wanted &&
            (left || run->used.value[id] != wanted))
            unlike |= UINT64_C(1) << id;
    }
    return unlike;
}

void verification_text(const struct verification *verification, char *text, size_t size)
{
    const bool all = verification->checked == verification->total;
    snprintf(text, size, all ? "verified %u of %u" : "verified: %u of %u checked",
             verification->checked, verification->total);
}

bool run_open(struct run *run)
{
    *run = (struct run){0};
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (!histogram_open(&run->histograms[i], 0, HISTOGRAM_BUCKETS)) {
            run_close(run);
            return false;
        }
    }
    return true;
}

void trace_close(struct trace *trace)
{
    free(trace->stamps);
    free(trace->phases);
    free(trace->spans);
    operation_table_close(&trace->operations);
    *trace = (struct trace){0};
}

void run_close(struct run *run)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        histogram_close(&run->histograms[i]);
    trace_close(&run->typical);
    trace_close(&run->slowest);
    free(run->processes);
    *run = (struct run){0};
}

static void trace_clear(struct trace *trace)
{
    free(trace->phases);
    operation_table_close(&trace->operations);
    *trace = (struct trace){.stamps = trace->stamps, .spans = trace->spans};
}

void run_begin(struct run *run, const struct variant *variant, const struct knobs *asked,
               const struct knobs *used, uint64_t epoch)
{
    const struct workload *workload = variant->workload;
    struct run begun = {
        .backend = variant->backend,
        .known = variant,
        .epoch = epoch,
        .asked = *asked,
        .used = *used,
        .verification = {.total = workload->parts(used)},
        .step_bytes = workload->step_bytes(used),
        .step_flops = workload->step_flops(used),
        .noise = noise_assumed(variant->backend),
        .processes = run->processes,
        .typical = run->typical,
        .slowest = run->slowest,
        .version = run->version + 1,
    };
    snprintf(begun.variant, sizeof begun.variant, "%s", variant->name);
    snprintf(begun.target, sizeof begun.target, "%s", variant->target);
    if ((workload->knobs & KNOB_BIT(MODEL)) && used->model == MODEL_CHECKPOINT)
        begun.model = run_open_model();
    if (workload->ledger)
        begun.ledger_count = workload->ledger(used, begun.ledger);
    memcpy(begun.histograms, run->histograms, sizeof begun.histograms);
    *run = begun;
    for (int i = 0; i < METRIC_COUNT; i++)
        histogram_clear(&run->histograms[i]);
    trace_clear(&run->typical);
    trace_clear(&run->slowest);
}

/* Copies the phases of the trace's programs and steps; `phases` is [programs][stride], or NULL.
 * False: out of memory. */
static bool trace_take_phases(struct trace *trace, const struct phase *phases, size_t stride,
                              uint32_t steps, uint32_t programs)
{
    if (!phases)
        return true;
    trace->phases = malloc(((size_t)steps * programs + 1) * sizeof *trace->phases);
    for (uint32_t p = 0; trace->phases && p < programs; p++)
        memcpy(trace->phases + (size_t)p * steps, phases + p * stride, steps * sizeof *phases);
    return trace->phases != NULL;
}

bool trace_take(struct trace *trace, const struct stamp *stamps, const struct phase *phases,
                size_t stride, uint32_t steps_run, uint32_t programs_run, uint64_t submitted_ns,
                uint64_t synchronised_ns)
{
    const uint32_t steps = steps_run < TRACE_STEPS ? steps_run : TRACE_STEPS;
    const uint32_t programs = programs_run < TRACE_PROGRAMS ? programs_run : TRACE_PROGRAMS;
    trace_clear(trace);
    struct stamp *kept = realloc(trace->stamps, ((size_t)steps * programs + 1) * sizeof *kept);
    if (!kept)
        return false;
    trace->stamps = kept;
    if (!trace_take_phases(trace, phases, stride, steps, programs))
        return false;
    for (uint32_t p = 0; p < programs; p++) {
        for (uint32_t t = 0; t < steps; t++) {
            struct stamp stamp = stamps[p * stride + t];
            if (stamp.end_ns != 0) {
                stamp.begin_ns = saturating_sub(stamp.begin_ns, submitted_ns);
                stamp.end_ns = saturating_sub(stamp.end_ns, submitted_ns);
            }
            kept[(size_t)p * steps + t] = stamp;
        }
    }
    trace->steps = steps;
    trace->programs = programs;
    trace->steps_run = steps_run;
    trace->programs_run = programs_run;
    trace->iteration_ns = synchronised_ns - submitted_ns;
    return true;
}

struct stamp trace_extent(const struct trace *trace, uint32_t first, uint32_t count)
{
    struct stamp extent = extent_empty;
    for (uint32_t program = 0; program < trace->programs; program++)
        for (uint32_t step = first; step < first + count; step++) {
            const struct stamp *stamp = &trace->stamps[(size_t)program * trace->steps + step];
            if (stamp->end_ns > 0)
                extent_add(&extent, stamp->begin_ns, stamp->end_ns);
        }
    return extent;
}

bool trace_take_spans(struct trace *trace, const struct prefill_span *spans, uint32_t count,
                      uint64_t submitted_ns)
{
    const uint32_t kept = count < TRACE_SPANS ? count : TRACE_SPANS;
    struct prefill_span *list = realloc(trace->spans, (kept + 1) * sizeof *list);
    if (!list) {
        trace_clear(trace);
        return false;
    }
    trace->spans = list;
    for (uint32_t i = 0; i < kept; i++) {
        struct prefill_span span = spans[i];
        span.begin_ns = saturating_sub(span.begin_ns, submitted_ns);
        span.end_ns = saturating_sub(span.end_ns, submitted_ns);
        list[i] = span;
    }
    qsort(list, kept, sizeof *list, compare_u64); /* by begin */
    trace->span_count = kept;
    trace->spans_run = count;
    return true;
}

bool trace_take_operations(struct trace *trace, const struct operation *list, uint32_t count,
                           const struct stamp_batch *batch, uint64_t submitted_ns)
{
    if (!list || !batch->operations || count > OPERATIONS_MOST ||
        operation_table_take(&trace->operations, list, batch->operations, count, trace->programs,
                             submitted_ns))
        return true;
    trace_clear(trace);
    return false;
}

bool trace_copy(struct trace *to, const struct trace *from)
{
    const struct operation_table *operations = &from->operations;
    if (!trace_take(to, from->stamps, from->phases, from->steps, from->steps, from->programs, 0,
                    from->iteration_ns) ||
        !trace_take_spans(to, from->spans, from->span_count, 0) ||
        !operation_table_take(&to->operations, operations->list, operations->stamps,
                              operations->count, operations->programs, 0)) {
        trace_clear(to);
        return false;
    }
    to->number = from->number;
    to->steps_run = from->steps_run;
    to->programs_run = from->programs_run;
    to->spans_run = from->spans_run;
    return true;
}

/* Copies the processes of `from` to *run, reusing the memory of `kept`, which may be NULL. False:
 * out of memory. */
static bool copy_processes(struct run *run, struct process *kept, const struct run *from)
{
    const size_t bytes = from->process_count * sizeof *kept;
    struct process *list = bytes > 0 ? realloc(kept, bytes) : NULL;
    run->processes = list ? list : kept;
    run->process_count = list ? from->process_count : 0;
    if (list)
        memcpy(list, from->processes, bytes);
    return list || bytes == 0;
}

bool run_add_process(struct run *run, const struct process *process)
{
    struct process *grown =
        realloc(run->processes, (run->process_count + 1) * sizeof *run->processes);
    if (!grown)
        return false;
    grown[run->process_count++] = *process;
    run->processes = grown;
    return true;
}

/* Extends a histogram to all buckets: one that was read from a document has only some. */
static bool widen(struct histogram *histogram)
{
    struct histogram wide;
    if (histogram->room == HISTOGRAM_BUCKETS)
        return true;
    if (!histogram_open(&wide, 0, HISTOGRAM_BUCKETS))
        return false;
    histogram_merge(&wide, histogram);
    histogram_close(histogram);
    *histogram = wide;
    return true;
}

static bool has_process(const struct run *run, const char *id)
{
    for (uint32_t i = 0; i < run->process_count; i++)
        if (strcmp(run->processes[i].id, id) == 0)
            return true;
    return false;
}

/* Appends the processes that *to lacks, and sets *any to whether it appended one. False: out of
 * memory, and *to is unchanged. */
static bool add_processes(struct run *to, const struct run *from, bool *any)
{
    const uint32_t before = to->process_count;
    for (uint32_t i = 0; i < from->process_count; i++) {
        if (!has_process(to, from->processes[i].id) && !run_add_process(to, &from->processes[i])) {
            to->process_count = before;
            return false;
        }
    }
    *any = to->process_count > before;
    return true;
}

bool run_pool(struct run *to, const struct run *from)
{
    bool any;
    for (int i = 0; i < METRIC_COUNT; i++)
        if (!widen(&to->histograms[i]))
            return false;
    if (!add_processes(to, from, &any))
        return false;
    to->version++;
    if (from->in_flight_most > to->in_flight_most)
        to->in_flight_most = from->in_flight_most;
    if (!any)
        return true;
    for (int i = 0; i < METRIC_COUNT; i++)
        histogram_merge(&to->histograms[i], &from->histograms[i]);
    to->left_out += from->left_out;
    to->stopped_iterations += from->stopped_iterations;
    telemetry_merge(&to->telemetry, &from->telemetry);
    breakdown_merge(&to->breakdown, &from->breakdown);
    operations_merge(&to->operations, &from->operations);
    return true;
}

bool run_copy(struct run *to, const struct run *from)
{
    if (to->version == from->version && to->epoch == from->epoch)
        return true;
    struct run old = *to;
    *to = *from;
    for (int i = 0; i < METRIC_COUNT; i++) {
        to->histograms[i] = old.histograms[i];
        histogram_copy(&to->histograms[i], &from->histograms[i]);
    }
    to->typical = old.typical;
    to->slowest = old.slowest;
    bool whole = trace_copy(&to->typical, &from->typical);
    whole &= copy_processes(to, old.processes, from);
    return trace_copy(&to->slowest, &from->slowest) && whole;
}

bool run_clone(struct run *to, const struct run *from)
{
    struct run clone;
    if (!run_open(&clone))
        return false;
    *to = *from;
    for (int i = 0; i < METRIC_COUNT; i++) {
        to->histograms[i] = clone.histograms[i];
        histogram_merge(&to->histograms[i], &from->histograms[i]);
    }
    to->typical = to->slowest = (struct trace){0};
    if (copy_processes(to, NULL, from))
        return true;
    run_close(to);
    return false;
}

enum metric run_decode_metric(const struct run *run)
{
    return run->histograms[METRIC_DECODE].count > 0 && !run_workload(run)->has_prefill
               ? METRIC_DECODE
               : METRIC_ITERATION;
}

/* Whether the median of any process is beyond the histogram's range. */
static bool has_process_beyond(const struct run *run)
{
    for (uint32_t i = 0; i < run->process_count; i++)
        if (run->processes[i].p50_ns >= HISTOGRAM_MOST_NS)
            return true;
    return false;
}

struct evidence run_evidence(const struct run *run)
{
    const struct histogram *histogram = &run->histograms[run_decode_metric(run)];
    const double p50_ns = (double)histogram_median(histogram);
    const bool beyond = histogram_is_beyond(histogram, 0.5) || has_process_beyond(run);
    struct evidence evidence = {0};
    if (run->process_count == 0 && !beyond)
        evidence = run->turns;
    uint64_t lower, upper;
    for (uint32_t i = 0; i < run->process_count && !beyond; i++)
        evidence_add(&evidence, (double)run->processes[i].p50_ns);
    evidence.turns = run->process_count == 0;
    if (evidence.units == 0 && p50_ns > 0 && !beyond)
        evidence_add(&evidence, p50_ns);
    if (p50_ns > 0) {
        histogram_bounds(histogram_bucket((uint64_t)p50_ns), &lower, &upper);
        evidence.bucket = (double)(upper - lower) / p50_ns;
        evidence.error = (double)histogram_median_error(histogram) / p50_ns / 1.96;
    }
    evidence.noise = run->noise;
    return evidence;
}

double run_p50_ns(const struct run *run, enum metric metric)
{
    return (double)histogram_median(&run->histograms[metric]);
}

double run_gap_share(const struct run *run)
{
    const double busy_ns = run_p50_ns(run, METRIC_BUSY), gap_ns = run_p50_ns(run, METRIC_GAP);
    return busy_ns + gap_ns > 0 ? gap_ns / (busy_ns + gap_ns) : 0;
}

double run_tokens_per_s(const struct run *run)
{
    const double p50_ns = run_p50_ns(run, run_decode_metric(run));
    return p50_ns > 0 ? (double)(run->used.batch * run->used.seq_len) * 1e9 / p50_ns : 0;
}

double run_moved_gb_per_s(const struct run *run)
{
    const double p50_ns = run_p50_ns(run, run_decode_metric(run));
    return p50_ns > 0 ? (double)run->step_bytes * (double)run->used.seq_len / p50_ns : 0;
}

/* The extra time per step of the iterations in `with_metric` over those in `without_metric`. False:
 * unknown. */
static bool cost_of(const struct run *run, enum metric with_metric, enum metric without_metric,
                    double *cost_ns, double *error_ns)
{
    const struct histogram *with = &run->histograms[with_metric];
    const struct histogram *without = &run->histograms[without_metric];
    if (with->count < 6 || without->count < 6)
        return false;
    double steps = (double)run->used.seq_len;
    if (histogram_is_beyond(with, 0.5) || histogram_is_beyond(without, 0.5))
        return false;
    double difference = (double)histogram_median(with) - (double)histogram_median(without);
    double error =
        hypot((double)histogram_median_error(with), (double)histogram_median_error(without));
    *cost_ns = difference / steps;
    *error_ns = error / steps;
    return true;
}

bool run_stamp_cost(const struct run *run, double *cost_ns, double *error_ns)
{
    const bool phased = run->breakdown.phased > 0;
    return cost_of(run, phased ? METRIC_UNPHASED : METRIC_ITERATION, METRIC_BARE, cost_ns,
                   error_ns);
}

bool run_phase_cost(const struct run *run, double *cost_ns, double *error_ns)
{
    return run->breakdown.phased > 0 &&
           cost_of(run, METRIC_ITERATION, METRIC_UNPHASED, cost_ns, error_ns);
}

bool run_same_work(const struct run *a, const struct run *b)
{
    return run_differing_work(a, b) == 0 && strcmp(a->target, b->target) == 0;
}

double run_speedup(const struct run *run, const struct run *baseline)
{
    if (!baseline || run->verification.verdict != VERDICT_RIGHT ||
        baseline->verification.verdict != VERDICT_RIGHT || !run_same_work(run, baseline))
        return 0;
    const struct evidence mine = run_evidence(run), theirs = run_evidence(baseline);
    return mine.units > 0 && theirs.units > 0 ? exp(theirs.mean - mine.mean) : 0;
}

/* Counts the knobs that `run` reads and whose requested values differ between `run` and `of`. */
static int knobs_apart(const struct run *run, const struct run *of)
{
    const uint64_t read = run_read_knobs(run);
    int apart = 0;
    for (int id = 0; id < KNOB_COUNT; id++)
        apart += (read >> id & 1) && run->asked.value[id] != of->asked.value[id];
    return apart;
}

const struct run *run_baseline(const struct run *runs, size_t count, const struct run *of)
{
    const struct run *nearest = NULL;
    const char *first_unknown = NULL;
    int least = 0;
    for (size_t i = 0; i < count; i++) {
        const struct run *run = &runs[i];
        if (strcmp(run->target, of->target) != 0 || run->backend != of->backend ||
            (run->known && run->known->rung != 1) || run->status >= RUN_FAILED ||
            !run_same_work(run, of))
            continue;
        if (!run->known && first_unknown && strcmp(run->variant, first_unknown) != 0)
            continue;
        if (!run->known)
            first_unknown = run->variant;
        const int apart = knobs_apart(run, of);
        if (!nearest || apart < least) {
            nearest = run;
            least = apart;
        }
    }
    return nearest;
}
