/*
 * other_build.h - a script that poses as another build: it reports pdlab's version, knows one
 * variant, and copies a document that the test made, each time as if from another process.
 */
#pragma once

#include "../../src/document/document.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "folder.h"
#include "verified_run.h"

#include <dirent.h>

static struct error error;
static char other_path[64];

/* Creates a folder for temporary files in the test's folder, which must exist. */
static inline void other_begin(void)
{
    strcpy(other_path, folder_path("other"));
    cr_assert_eq(mkdir(folder_path("temporary"), 0700), 0);
    setenv("TMPDIR", folder_path("temporary"), 1);
}

static inline bool other_left_nothing(void)
{
    DIR *stream = opendir(folder_path("temporary"));
    size_t entries = 0;
    while (readdir(stream))
        entries++;
    closedir(stream);
    return entries == 2; /* without . and .. */
}

/* Writes the document that the script copies: a verified run of `variant`. */
static inline void other_document(const char *variant)
{
    struct run run;
    struct document document;
    struct knobs knobs = knobs_defaults();
    knobs.threads = 2;
    knobs.spin_ns = 0;
    knobs.step_sync = SYNC_FLAG;
    open_verified(&run, variant, &knobs);
    run.verification.checked = run.verification.total;
    for (uint64_t ns = 50000; ns < 50020; ns++)
        histogram_record(&run.histograms[METRIC_ITERATION], ns);
    document_describe(&document, &some_cpu, &run, 1);
    strcpy(document.process, "process-0");
    assert_success(document_write(&document, folder_path("document"), &error));
    run_close(&run);
}

/* Writes the script. `runs`: shell commands that `run` executes first; $folder is the folder. */
static inline void other_script(const char *variant, const char *runs)
{
    char script[2048];
    other_document(variant);
    snprintf(script, sizeof script,
             "case $1 in\n"
             "--version) echo 'pdlab 0.0.1'; exit ;;\n"
             "list) echo '{\"knobs\":[],\"variants\":[{\"name\":\"%s\"}]}'; exit ;;\n"
             "esac\n"
             "echo >>\"$folder/runs\"\n"
             "%s\n"
             "while [ \"$1\" != --json ]; do shift; done\n"
             "sed \"s/process-0/process-$$/\" \"$folder/document\" >\"$2\"",
             variant, runs);
    folder_put_script("other", script);
}

/* How often the script ran. */
static inline size_t other_runs(void)
{
    struct stat status;
    return stat(folder_path("runs"), &status) == 0 ? (size_t)status.st_size : 0;
}
