#include "../../src/base/files.h"
#include "idle_explorer.h"

#include <unistd.h>
#include <wordexp.h>

TestSuite(explorer_command, .init = explorer_open_idle, .fini = explorer_close_idle);

/* Parses the command like a shell and pdlab. Returns its words: the options point into them. */
static wordexp_t read_command(struct options *options)
{
    wordexp_t words;
    char *command = explorer_command(&explorer);
    cr_assert_not_null(command);
    cr_assert_eq(wordexp(command, &words, WRDE_NOCMD | WRDE_UNDEF), 0, "%s", command);
    cr_assert(options_parse((int)words.we_wordc, words.we_wordv, options, &error), "%s: %s",
              command, error.text);
    cr_assert_eq(options->command, COMMAND_RUN, "%s", command);
    free(command);
    return words;
}

Test(explorer_command, the_command_sets_every_knob)
{
    struct options options;
    srand(7);
    for (int round = 0; round < 50; round++) {
        for (int id = 0; id < KNOB_COUNT; id++) {
            explorer.knob = (enum knob_id)id;
            for (int turns = rand() % 8; turns > 0; turns--)
                press_all(rand() % 2 ? "]" : "[");
        }
        wordexp_t words = read_command(&options);
        for (int id = 0; id < KNOB_COUNT; id++)
            if (id != KNOB_ITERATIONS || explorer.settings.knobs.iterations > 0)
                cr_assert_eq(options.settings.knobs.value[id], explorer.settings.knobs.value[id],
                             "%s in round %d", knob_table[id].name, round);
        cr_assert_gt(options.settings.knobs.iterations, 0, "it has to end");
        cr_assert_str_eq(options.preset.name, explorer.preset.name);
        wordfree(&words);
    }
}

Test(explorer_command, the_command_names_a_preset_by_its_path)
{
    static const char text[] = "{\"schema\":\"pdlab.preset/1\",\"title\":\"T\",\"lesson\":\"L\","
                               "\"target\":\"persistent_decode\",\"knobs\":{\"SEED\":7}}";
    char folder[] = "/tmp/pdlab it's $HOME-XXXXXX", path[128];
    struct options options;
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mine.json", folder);
    assert_success(file_write(path, text, strlen(text), &error));
    open_preset(path);
    wordexp_t words = read_command(&options);
    cr_assert_str_eq(options.preset.path, path);
    cr_assert_eq(options.settings.knobs.seed, 7);
    wordfree(&words);
    unlink(path);
    rmdir(folder);
}
