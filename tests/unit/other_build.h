/*
 * other_build.h - a script that poses as another build: it reports pdlab's version, knows one
 * variant, and copies a document that the test made, each time as if from another process.
 */
#pragma once

#include "../../src/base/files.h"
#include "../../src/document/document.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "unit.h"
#include "verified_run.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;
static char other_folder[] = "/tmp/pdlab-other-XXXXXX";
static char other_path[64], other_temporary[64];

/* Creates a folder for the script, with a folder for temporary files. */
static inline void other_begin(void)
{
    cr_assert_not_null(mkdtemp(other_folder));
    snprintf(other_path, sizeof other_path, "%s/other", other_folder);
    snprintf(other_temporary, sizeof other_temporary, "%s/temporary", other_folder);
    cr_assert_eq(mkdir(other_temporary, 0700), 0);
    setenv("TMPDIR", other_temporary, 1);
}

static inline void other_end(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", other_folder);
    cr_assert_eq(system(command), 0);
}

static inline bool other_left_nothing(void)
{
    DIR *stream = opendir(other_temporary);
    size_t entries = 0;
    while (readdir(stream))
        entries++;
    closedir(stream);
    return entries == 2; /* without . and .. */
}

static inline bool other_wrote(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", other_folder, name);
    return access(path, F_OK) == 0;
}

/* Writes the document that the script copies: a verified run of `variant`. */
static inline void other_document(const char *variant)
{
    struct run run;
    struct document document;
    struct knobs knobs = knobs_defaults();
    char path[96];
    knobs.threads = 2;
    knobs.spin_ns = 0;
    knobs.step_sync = SYNC_FLAG;
    open_verified(&run, variant, &knobs);
    run.verification.checked = run.verification.total;
    for (uint64_t ns = 50000; ns < 50020; ns++)
        histogram_record(&run.histograms[METRIC_ITERATION], ns);
    document_describe(&document, &some_cpu, &run, 1);
    strcpy(document.process, "process-0");
    snprintf(path, sizeof path, "%s/document", other_folder);
    assert_success(document_write(&document, path, &error));
    run_close(&run);
}

/* Writes the script. `runs`: shell commands that `run` executes first; $folder is the folder. */
static inline void other_script(const char *variant, const char *runs)
{
    char text[2048];
    other_document(variant);
    snprintf(text, sizeof text,
             "#!/bin/sh\n"
             "folder=%s\n"
             "case $1 in\n"
             "--version) echo 'pdlab 0.0.1'; exit ;;\n"
             "list) echo '{\"knobs\":[],\"variants\":[{\"name\":\"%s\"}]}'; exit ;;\n"
             "esac\n"
             "echo >>\"$folder/runs\"\n"
             "%s\n"
             "while [ \"$1\" != --json ]; do shift; done\n"
             "sed \"s/process-0/process-$$/\" \"$folder/document\" >\"$2\"\n",
             other_folder, variant, runs);
    assert_success(file_write(other_path, text, strlen(text), &error));
    cr_assert_eq(chmod(other_path, 0755), 0);
}

/* How often the script ran. */
static inline size_t other_runs(void)
{
    char path[96];
    struct stat status;
    snprintf(path, sizeof path, "%s/runs", other_folder);
    return stat(path, &status) == 0 ? (size_t)status.st_size : 0;
}
