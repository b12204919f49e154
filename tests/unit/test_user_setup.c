#include "../../src/command/user_setup.h"

#include "folder.h"
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

static struct user_setup setup, again;
static char path[PATH_MAX], kept[PATH_MAX];
static struct error error;

static void make_folder(void)
{
    folder_begin();
    setenv("XDG_CONFIG_HOME", folder, 1);
    cr_assert(user_setup_path(path, &error));
    user_setup_reset(&setup);
}

TestSuite(user_setup, .init = make_folder, .fini = folder_end);

static void put(const char *text)
{
    folder_put("pdlab/setup.json", text);
}

static void check_file(const char *file, const char *expected)
{
    char *text;
    size_t length;
    assert_success(file_read(file, 1 << 20, &text, &length, &error));
    cr_assert_str_eq(text, expected);
    free(text);
}

Test(user_setup, written_values_read_back)
{
    setup.theme = THEME_HIGH_CONTRAST;
    setup.fps = 30;
    setup.mouse = false;
    setup.ascii = setup.plain = true;
    strcpy(setup.device, "cuda:1");
    setup.keys[0] = (struct user_setup_key){"up", {"Up", "t", "Ctrl-A"}, 3};
    setup.keys[1] = (struct user_setup_key){"freeze", {"\""}, 1};
    setup.key_count = 2;
    assert_success(user_setup_write(&setup, false, kept, &error));
    cr_assert_str_empty(kept);
    assert_success(user_setup_read(&again, &error));
    cr_assert_eq(memcmp(&setup, &again, sizeof setup), 0);
}

Test(user_setup, no_file_means_defaults)
{
    memset(&again, 1, sizeof again);
    cr_assert(user_setup_read(&again, &error));
    cr_assert_eq(memcmp(&setup, &again, sizeof setup), 0);
    put("{\"schema\":\"pdlab.setup/1\"}");
    cr_assert(user_setup_read(&again, &error));
    cr_assert_eq(memcmp(&setup, &again, sizeof setup), 0);
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", "/proc/none", 1);
    cr_assert(user_setup_read(&again, &error), "there is no path for it");
}

#define SETUP "{\"schema\":\"pdlab.setup/1\","

Test(user_setup, a_broken_file_is_refused_with_its_place)
{
    static const struct {
        const char *text, *says;
    } broken[] = {
        {"", "setup.json"},
        {SETUP "\"fps\":30", "setup.json"},
        {"{\"schema\":\"pdlab.setup/2\"}", "pdlab.setup/1"},
        {"{\"fps\":30}", "schema"},
        {SETUP "\"fps\":0}", "fps"},
        {SETUP "\"fps\":61}", "1 to 60"},
        {SETUP "\"fps\":\"30\"}", "fps"},
        {SETUP "\"theme\":\"dark\"}", "high-contrast"},
        {SETUP "\"mouse\":1}", "mouse"},
        {SETUP "\"device\":\"gpu\"}", "gpu"},
        {SETUP "\"colour\":1}", "colour: there is no such setting"},
        {SETUP "\"thene\":1}", "nearest is theme"},
        {SETUP "\"keys\":[]}", "keys"},
        {SETUP "\"keys\":{\"up\":[]}}", "keys.up"},
        {SETUP "\"keys\":{\"up\":[\"1\",\"2\",\"3\",\"4\"]}}", "1 to 3"},
        {SETUP "\"keys\":{\"up\":[1]}}", "keys.up[0]"},
        {SETUP "\"keys\":{\"up\":[\"a key of a very long name\"]}}", "keys.up[0]"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        put(broken[i].text);
        error = (struct error){0};
        cr_assert_not(user_setup_read(&again, &error), "accepted: %s", broken[i].text);
        cr_assert(strstr(error.text, broken[i].says), "%s: %s", broken[i].text, error.text);
        assert_contains(error.text, "setup.json");
        cr_assert_null(strchr(error.text, '\n'));
        cr_assert_eq(memcmp(&setup, &again, sizeof setup), 0, "defaults: %s", broken[i].text);
    }
}

Test(user_setup, an_unreadable_file_is_never_lost)
{
    char second[PATH_MAX];
    put("my own notes");
    assert_success(user_setup_write(&setup, false, kept, &error));
    cr_assert_str_not_empty(kept);
    check_file(kept, "my own notes");
    cr_assert(user_setup_read(&again, &error));
    put("more notes");
    assert_success(user_setup_write(&setup, false, second, &error));
    cr_assert_str_neq(kept, second);
    check_file(kept, "my own notes");
    check_file(second, "more notes");
    /* A file that can be read, but whose keys were refused. */
    assert_success(user_setup_write(&setup, true, second, &error));
    cr_assert_str_not_empty(second);
    assert_success(user_setup_write(&setup, false, second, &error));
    cr_assert_str_empty(second);
}

Test(user_setup, a_failed_write_keeps_the_old_file)
{
    static const char before[] = "{\"schema\":\"pdlab.setup/1\",\"fps\":20}";
    put(before);
    const char *const pdlab = folder_path("pdlab");
    cr_assert_eq(chmod(pdlab, 0500), 0);
    if (access(pdlab, W_OK) == 0) {
        /* root may write in it, but cannot replace a folder by a file. */
        cr_assert_eq(chmod(pdlab, 0700), 0);
        cr_assert_eq(unlink(path), 0);
        cr_assert_eq(mkdir(path, 0700), 0);
        cr_assert_not(user_setup_read(&again, &error));
        assert_success(user_setup_write(&setup, false, kept, &error));
        cr_assert_str_not_empty(kept);
        return;
    }
    cr_assert_not(user_setup_write(&setup, false, kept, &error));
    assert_contains(error.text, "setup.json");
    check_file(path, before);
}

Test(user_setup, the_command_line_overrides_the_set_up)
{
    struct options options = {.has_theme = true, .theme = THEME_LIGHT, .no_mouse = true};
    setup.theme = THEME_MONO;
    setup.fps = 20;
    setup.ascii = true;
    user_setup_override(&setup, &options);
    cr_assert_eq(setup.theme, THEME_LIGHT);
    cr_assert_eq(setup.fps, 20);
    cr_assert(setup.ascii && !setup.mouse && !setup.plain);
    options = (struct options){.fps = 5, .plain = true};
    user_setup_override(&setup, &options);
    cr_assert_eq(setup.fps, 5);
    cr_assert_eq(setup.theme, THEME_LIGHT);
    cr_assert(setup.plain);
}
