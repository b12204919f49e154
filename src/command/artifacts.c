#include "artifacts.h"

#include "../base/files.h"
#include "../base/text.h"
#include "../document/csv.h"
#include "commands.h"

#include <stdio.h>
#include <string.h>

#define OUT_DEFAULT "artifacts"
#define PATH_ROOM   4096u

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

bool artifacts_print_document(const struct options *options)
{
    return is_stdout(options->json) || is_stdout(options->csv) || is_stdout(options->record);
}

const char *artifacts_folder(const struct options *options)
{
    if (!options->out)
        return artifacts_print_document(options) ? NULL : OUT_DEFAULT;
    return strcmp(options->out, "none") == 0 ? NULL : options->out;
}

void artifacts_write(struct artifacts *artifacts, const struct document *document, const char *name)
{
    char path[PATH_ROOM];
    if (!artifacts->folder || artifacts->error.kind != ERROR_NONE)
        return;
    snprintf(path, sizeof path, "%s/%s/%s.json", artifacts->folder, document->run_id, name);
    document_write(document, path, &artifacts->error);
}

void artifacts_write_run(struct artifacts *artifacts, const struct document *document, size_t index)
{
    struct document single = *document;
    single.runs = &document->runs[index];
    single.count = 1;
    if (single.runs->status >= RUN_DONE || single.runs->histograms[METRIC_ITERATION].count > 0)
        artifacts_write(artifacts, &single, single.runs->variant);
}

int artifacts_end(const struct options *options, struct artifacts *artifacts,
                  const struct document *summary)
{
    char shown[PATH_ROOM];
    artifacts_write(artifacts, summary, "summary");
    if (artifacts->error.kind != ERROR_NONE)
        return command_fail(&artifacts->error);
    if (artifacts->folder && !artifacts_print_document(options))
        printf("written to %s/%s\n", text_visible(shown, sizeof shown, artifacts->folder),
               summary->run_id);
    return 0;
}

int artifacts_write_asked(const struct options *options, const struct document *document,
                          const struct document *summary, bool printed)
{
    const char *json = options->json, *csv = options->csv, *record = options->record;
    struct error error = {0};
    size_t bytes;
    int status = 0;
    if (json && file_is_stdout(json) == printed && !document_write(summary, json, &error))
        status = command_fail(&error);
    if (csv && file_is_stdout(csv) == printed && !csv_write(document, csv, &error))
        status = command_fail(&error);
    if (record && file_is_stdout(record) == printed &&
        !document_write_recording(document, record, &bytes, &error))
        status = command_fail(&error);
    return status;
}
