/* compare_json.c - writes comparisons as JSON in the format pdlab.compare/2. */
#include "../base/json_writer.h"
#include "../engine/knobs.h"
#include "compare_print.h"

#include <math.h>

/* ---- sides ---------------------------------------------------------------------------------- */

static void write_field(struct json_writer *json, const char *key, const struct device_info *device,
                        enum device_field field)
{
    char text[sizeof device->name];
    if (field == DEVICE_UNITS && device->units > 0)
        json_write_integer(json, key, device->units);
    else
        json_write_string_or_null(json, key,
                                  compare_device_value(device, field, text, sizeof text));
}

static void write_side(struct json_writer *json, const struct compare_side *side)
{
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "side", (char[]){side->letter, '\0'});
    json_write_string(json, "path", side->path);
    json_open(json, "documents", '[');
    for (size_t i = 0; i < side->set.count; i++) {
        const struct document *document = &side->set.documents[i];
        json_open_line(json, 3, NULL, '{');
        json_write_string(json, "run_id", document->run_id);
        json_write_string(json, "recorded_utc", document->recorded_utc);
        json_open(json, "device", '{');
        for (int field = 0; field < DEVICE_FIELDS; field++)
            write_field(json, compare_device_keys[field], &document->device,
                        (enum device_field)field);
        json_close(json, '}');
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* ---- a comparison --------------------------------------------------------------------------- */

static void write_ratio(struct json_writer *json, const char *key, const struct ratio *ratio)
{
    if (ratio->value == 0) {
        json_write_null(json, key);
        return;
    }
    json_open(json, key, '{');
    json_write_number(json, "ratio", ratio->value);
    json_write_number(json, "low", ratio->low > 0 ? ratio->low : NAN);
    json_write_number(json, "high", ratio->high > 0 ? ratio->high : NAN);
    json_close(json, '}');
}

static void write_percentiles(struct json_writer *json, const struct run *run, enum metric metric)
{
    const struct histogram *histogram = &run->histograms[metric];
    json_open(json, metric_keys[metric], '{');
    json_write_integer(json, "count", (int64_t)histogram->count);
    for (size_t i = 0; i < DOCUMENT_PERCENTILES && histogram->count > 0; i++)
        document_write_percentile(json, &document_percentiles[i], histogram);
    json_close(json, '}');
}

static void write_evidence(struct json_writer *json, const struct run *run)
{
    const struct evidence evidence = run_evidence(run);
    json_write_integer(json, "processes", run->process_count);
    json_write_number(json, "half_width",
                      evidence.units > 0 ? evidence_half_width(&evidence) : NAN);
    noise_write_json(json, &run->noise);
}

static void write_compared(struct json_writer *json, const char *key, const struct run *run)
{
    json_open_line(json, 3, key, '{');
    json_write_string(json, "variant", run->variant);
    json_write_string(json, "target", run->target);
    json_write_string(json, "status", run->status == RUN_FAILED ? "failed" : "ok");
    if (run->verification.verdict == VERDICT_NONE)
        json_write_null(json, "verified");
    else
        json_write_boolean(json, "verified", run->verification.verdict == VERDICT_RIGHT);
    json_write_integer(json, "sequences_checked", run->verification.checked);
    json_write_integer(json, "sequences_total", run->verification.total);
    json_write_boolean(json, "free_running", run->facts.free_running);
    write_evidence(json, run);
    write_percentiles(json, run, METRIC_ITERATION);
    if (run->histograms[METRIC_DECODE].count > 0)
        write_percentiles(json, run, METRIC_DECODE);
    write_percentiles(json, run, METRIC_STEP);
    json_close(json, '}');
}

/* Writes the knob's value; null if the run's document does not name the knob. */
static void write_knob(struct json_writer *json, const char *key, const struct run *run,
                       enum knob_id id)
{
    if (run_knows(run, id))
        document_write_knob(json, key, id, run->used.value[id]);
    else
        json_write_null(json, key);
}

static void write_knobs(struct json_writer *json, const struct run *reference,
                        const struct run *other, uint64_t knobs)
{
    json_open(json, "knobs", '[');
    for (int id = 0; id < KNOB_COUNT; id++) {
        if (!(knobs >> id & 1))
            continue;
        json_open(json, NULL, '{');
        json_write_string(json, "name", knob_table[id].name);
        write_knob(json, "reference", reference, (enum knob_id)id);
        write_knob(json, "other", other, (enum knob_id)id);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_device(struct json_writer *json, const struct device_info *reference,
                         const struct device_info *other, uint32_t fields)
{
    json_open(json, "device", '[');
    for (int field = 0; field < DEVICE_FIELDS; field++) {
        if (!(fields >> field & 1))
            continue;
        json_open(json, NULL, '{');
        json_write_string(json, "name", compare_device_keys[field]);
        write_field(json, "reference", reference, (enum device_field)field);
        write_field(json, "other", other, (enum device_field)field);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_comparison(struct json_writer *json, char letter,
                             const struct compared *reference, const struct compared *other,
                             const struct comparison *comparison)
{
    bool ranked = compare_ranked(comparison->outcome);
    const char *text = compare_outcome_texts[comparison->outcome];
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "side", (char[]){letter, '\0'});
    json_write_string_or_null(json, "verdict", ranked ? text : NULL);
    json_write_string_or_null(json, "not_ranked", ranked ? NULL : text);
    json_write_number(json, "p_value", comparison->difference.probability);
    write_ratio(json, "iteration", &comparison->iteration);
    write_ratio(json, "step", &comparison->step);
    json_open_line(json, 3, "differs", '{');
    json_write_boolean(json, "work", !compare_alike(comparison));
    write_knobs(json, reference->run, other->run, comparison->work | comparison->knobs);
    write_device(json, reference->device, other->device, comparison->device);
    json_close(json, '}');
    write_compared(json, "reference", reference->run);
    write_compared(json, "other", other->run);
    json_close(json, '}');
}

static void write_comparisons(struct json_writer *json, const struct compare_side *sides,
                              size_t count)
{
    json_open_line(json, 1, "comparisons", '[');
    for (size_t run = 0; run < sides[0].count; run++)
        for (size_t i = 1; i < count; i++)
            if (sides[i].matches[run] != COMPARE_NONE)
                write_comparison(json, sides[i].letter, &sides[0].runs[run],
                                 &sides[i].runs[sides[i].matches[run]], &sides[i].comparisons[run]);
    json_close(json, ']');
}

/* ---- the object ----------------------------------------------------------------------------- */

/* Writes the runs without a counterpart as the member "not_compared". */
static void write_left_out(struct json_writer *json, const struct compare_side *sides, size_t count)
{
    json_open_line(json, 1, "not_compared", '[');
    for (size_t i = 0; i < count; i++) {
        for (size_t index = 0; index < sides[i].count; index++) {
            const struct run *run = sides[i].runs[index].run;
            if (compare_has_counterpart(sides, count, i, index))
                continue;
            json_open_line(json, 2, NULL, '{');
            json_write_string(json, "side", (char[]){sides[i].letter, '\0'});
            json_write_string(json, "variant", run->variant);
            json_write_boolean(json, "measured", compare_measured(run));
            json_write_string_or_null(json, "reason", run->error.text);
            json_close(json, '}');
        }
    }
    json_close(json, ']');
}

char *compare_print_json(const struct compare_side *sides, size_t count, size_t *length)
{
    struct json_writer json = {0};
    json_open(&json, NULL, '{');
    json_line(&json, 1);
    json_write_string(&json, "schema", COMPARE_SCHEMA);
    json_open_line(&json, 1, "interval", '{');
    json_write_number(&json, "confidence", EVIDENCE_CONFIDENCE);
    json_write_string(&json, "method",
                      "Welch's t of ln(p50) of processes, widened by a bucket; Holm's correction");
    json_write_integer(&json, "least_processes", EVIDENCE_LEAST);
    json_close(&json, '}');
    json_open_line(&json, 1, "sides", '[');
    for (size_t i = 0; i < count; i++)
        write_side(&json, &sides[i]);
    json_close(&json, ']');
    write_comparisons(&json, sides, count);
    write_left_out(&json, sides, count);
    json_close(&json, '}');
    return json_writer_finish(&json, length);
}
