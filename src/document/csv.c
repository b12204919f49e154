#include "csv.h"

#include "../base/files.h"
#include "../base/streams.h"
#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

void csv_print_cell(FILE *out, const char *text)
{
    fputc('"', out);
    if (*text && strchr("=+-@", *text))
        fputc('\'', out);
    for (; *text; text += text_length(text)) {
        size_t visible = text_visible_length(text);
        if (*text == '"')
            fputc('"', out);
        if (visible > 0)
            fwrite(text, 1, visible, out);
        else
            fputc('?', out);
    }
    fputc('"', out);
}

/* Prints a variant's name without quotes. Quotes a name with other characters, which only a
 * document from elsewhere can contain. */
static void print_name(FILE *out, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (*name && name[strspn(name, plain)] == '\0')
        fputs(name, out);
    else
        csv_print_cell(out, name);
}

static void print_csv(FILE *out, const struct run *run)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct histogram *histogram = &run->histograms[metric];
        for (uint32_t bucket = histogram->first; bucket <= histogram->last; bucket++) {
            uint64_t count = histogram_count_at(histogram, bucket), lower, upper;
            histogram_bounds(bucket, &lower, &upper);
            if (count == 0)
                continue;
            print_name(out, run->variant);
            fprintf(out, ",%s,", metric_keys[metric]);
            if (bucket == HISTOGRAM_BUCKETS - 1 && histogram_beyond(histogram) > 0)
                fprintf(out, "%llu,,", (unsigned long long)HISTOGRAM_MOST_NS);
            else
                fprintf(out, "%llu,%llu,", (unsigned long long)lower, (unsigned long long)upper);
            fprintf(out, "%llu\n", (unsigned long long)count);
        }
    }
}

bool csv_write(const struct document *document, const char *path, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out) {
        fputs("variant,metric,from_ns,below_ns,count\n", out);
        for (size_t i = 0; i < document->count; i++)
            print_csv(out, &document->runs[i]);
    }
    bool written = out && streams_close(out)
                       ? file_write(path, text, length, error)
                       : error_set(error, ERROR_RUN, "no memory for the rows of %s", path);
    free(text);
    return written;
}
