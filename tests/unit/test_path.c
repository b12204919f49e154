#include "../../src/base/path.h"

#include "../../src/command/outputs.h"
#include "folder.h"
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

static struct error error;

/* Creates a file, a folder, and other names of both. */
static void make_folder(void)
{
    folder_enter();
    close(open("file", O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(mkdir("here", 0700) | mkdir("here/deep", 0700), 0);
    cr_assert_eq(symlink("file", "to-file") | link("file", "hard"), 0);
    cr_assert_eq(symlink("here", "to-here") | symlink("here/new", "to-new"), 0);
    cr_assert_eq(symlink("loop", "loop") | mkfifo("fifo", 0600), 0);
}

TestSuite(path, .init = make_folder, .fini = folder_end);

static bool are_same(const char *a, const char *b)
{
    struct path_identity is_a, is_b;
    cr_assert(path_identify(a, &is_a, &error), "%s: %s", a, error.text);
    cr_assert(path_identify(b, &is_b, &error), "%s: %s", b, error.text);
    return path_same(&is_a, &is_b) && path_same(&is_b, &is_a);
}

Test(path, two_names_may_be_of_one_file)
{
    const char *const same[][2] = {
        {"file", "./file"},
        {"file", "here/../file"},
        {"file", "missing/../file"},
        {"file", "to-file"},
        {"to-file", "hard"},
        {"here/new", "to-here/new"},
        {"here/new", "to-new"},
        {"here/new", "to-here/deep/../new"},
        {"here/new", "missing/other/../../to-here/./new"},
        {"here/new", folder_path("here//new")},
        {"new", "missing/../new"},
        {"a/b/c", "a//x/../b/./c"},
    };
    const char *const unlike[][2] = {
        {"file", "here"},      {"file", "new"},       {"here/new", "here/newer"},
        {"here/new", "new"},   {"a/b", "a/c"},        {"a/b", "a"},
        {"here/file", "file"}, {"to-new", "to-here"}, {"here/deep/../../x", "here/x"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        cr_assert(are_same(same[i][0], same[i][1]), "%s and %s", same[i][0], same[i][1]);
    for (size_t i = 0; i < sizeof unlike / sizeof *unlike; i++)
        cr_assert_not(are_same(unlike[i][0], unlike[i][1]), "%s and %s", unlike[i][0],
                      unlike[i][1]);
}

Test(path, checking_creates_nothing)
{
    struct path_identity identity;
    cr_assert(path_identify("a/b/c", &identity, &error));
    cr_assert_eq(access("a", F_OK), -1);
    cr_assert_not(path_identify("file/below", &identity, &error));
    assert_contains(error.text, "file is not a folder");
    cr_assert_not(path_identify("loop/below", &identity, &error));
    cr_assert_not(path_identify("loop", &identity, &error));
}

/* ---- outputs -------------------------------------------------------------------------------- */

static void takes(const char *json, const char *csv, const char *expect)
{
    const struct output outputs[] = {{OUTPUT_WRITTEN, "--json", json},
                                     {OUTPUT_WRITTEN, "--csv", csv},
                                     {OUTPUT_READ, "--expect", expect}};
    assert_success(outputs_check(outputs, 3, &error));
}

static void refuses(enum error_kind kind, const char *sentence, const char *json, const char *csv,
                    const char *expect)
{
    const struct output outputs[] = {{OUTPUT_WRITTEN, "--json", json},
                                     {OUTPUT_FOLDER, "--out", NULL},
                                     {OUTPUT_WRITTEN, "--csv", csv},
                                     {OUTPUT_READ, "--expect", expect}};
    cr_assert_not(outputs_check(outputs, 4, &error), "took %s, %s, %s", json, csv, expect);
    cr_assert_eq(error.kind, kind);
    cr_assert_str_eq(error.text, sentence);
}

Test(path, outputs_that_are_one_file_are_refused)
{
    takes(NULL, NULL, "file");
    takes("a", "b", "file");
    takes("-", "a", "absent");
    takes("/dev/null", "/dev/null", "/dev/null");
    takes("here/a", "here/b", NULL);
    refuses(ERROR_INPUT, "--json a and --csv ./a are the same file: name different files", "a",
            "./a", NULL);
    refuses(ERROR_INPUT, "--json file and --csv hard are the same file: name different files",
            "file", "hard", NULL);
    refuses(ERROR_INPUT, "--json a and --csv a/b: a file cannot also be a folder", "a", "a/b",
            NULL);
    refuses(ERROR_INPUT, "--csv would overwrite file, which is read (--expect): name another file",
            "a", "to-file", "file");
    refuses(ERROR_RUN, "cannot write here: it is a folder", "here", NULL, NULL);
    refuses(ERROR_RUN, "cannot write file/x: file is not a folder", "a", "file/x", NULL);
    cr_assert_eq(access("a", F_OK), -1, "checking creates nothing");
}

Test(path, a_file_that_is_standard_output_is_not_replaced)
{
    int before = dup(STDOUT_FILENO), file = open("file", O_WRONLY);
    dup2(file, STDOUT_FILENO);
    refuses(
        ERROR_INPUT,
        "standard output /dev/stdout and --json to-file are the same file: name different files",
        "to-file", NULL, NULL);
    refuses(ERROR_INPUT,
            "standard output would overwrite file, which is read (--expect): name another file",
            NULL, NULL, "file");
    takes("/dev/stdout", "/dev/fd/1", NULL);
    dup2(before, STDOUT_FILENO);
    close(before);
    close(file);
}

/* An open file counts by the name by which it was opened. A pipe has no name. */
Test(path, an_open_file_in_the_commands_own_folder_is_refused)
{
    char path[32];
    int inside = open("here/log", O_WRONLY | O_CREAT, 0666), outside = open("file", O_WRONLY);
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    const struct {
        int file;
        bool taken;
    } cases[] = {{inside, false}, {outside, true}, {ends[1], true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct output outputs[] = {{OUTPUT_WRITTEN, "--record", path},
                                         {OUTPUT_OWNED, "holds the points", "here"}};
        snprintf(path, sizeof path, "/dev/fd/%d", cases[i].file);
        cr_assert_eq(outputs_check(outputs, 2, &error), cases[i].taken, "case %zu: %s", i,
                     error.text);
    }
    close(inside);
    close(outside);
    close(ends[0]);
    close(ends[1]);
}

Test(path, a_file_in_the_commands_own_folder_is_refused)
{
    static const char *const inside[] = {"here/new", "to-here/new", "here/deep/../x", "to-new"};
    struct output outputs[] = {{OUTPUT_WRITTEN, "--record", NULL},
                               {OUTPUT_OWNED, "holds the points", "here"}};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        outputs[0].path = inside[i];
        cr_assert_not(outputs_check(outputs, 2, &error), "took %s", inside[i]);
        cr_assert_eq(error.kind, ERROR_INPUT);
    }
    outputs[0].path = "new";
    assert_success(outputs_check(outputs, 2, &error));
    outputs[0].path = "here/deep/new";
    assert_success(outputs_check(outputs, 2, &error));
}
