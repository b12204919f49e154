#include "loss.h"

#include "knobs.h"

#include <stdio.h>
#include <stdlib.h>

static void print_knobs(FILE *out, const struct variant *variant, const struct knobs *knobs)
{
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[64];
        if (!(variant->knobs >> id & 1))
            continue;
        knob_format((enum knob_id)id, knobs->value[id], value, sizeof value);
        fprintf(out, " %s=%s", knob_table[id].name, value);
    }
    fputc('\n', out);
}

static void print_changes(FILE *out, const struct loss *loss)
{
    const uint64_t read = loss->run->known->knobs | loss->before->knobs;
    fputs("changed since:", out);
    for (int id = 0; id < KNOB_COUNT; id++) {
        const int64_t was = loss->before_used->value[id], is = loss->run->used.value[id];
        char from[64], to[64];
        if (!(read >> id & 1) || was == is)
            continue;
        knob_format((enum knob_id)id, was, from, sizeof from);
        knob_format((enum knob_id)id, is, to, sizeof to);
        fprintf(out, " %s %s to %s;", knob_table[id].name, from, to);
    }
    fputc('\n', out);
}

char *loss_print(const struct loss *loss)
{
    const struct run *run = loss->run;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    fprintf(out, "%s on %s, %s, driver %s: %s\n", run->variant, loss->device->id,
            loss->device->name, loss->device->driver, loss->why->text);
    fprintf(out, "epoch %llu, after %llu recorded iterations\n", (unsigned long long)run->epoch,
            (unsigned long long)run->histograms[METRIC_ITERATION].count);
    fputs("knobs:", out);
    print_knobs(out, run->known, &run->used);
    if (loss->before) {
        fprintf(out, "previous variant: %s", loss->before->name);
        print_knobs(out, loss->before, loss->before_used);
        print_changes(out, loss);
    }
    fputs(loss->account ? loss->account : "", out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
