#include "../../src/base/user_folder.h"
#include "unit.h"

#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const variables[] = {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"};
static char home[64], path[PATH_MAX];
static struct error error;

static void begin(void)
{
    snprintf(home, sizeof home, "/tmp/pdlab-home-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    for (size_t i = 0; i < 3; i++)
        unsetenv(variables[i]);
    setenv("HOME", home, 1);
    error = (struct error){0};
}

static void end(void)
{
    chmod(home, 0700);
    cr_assert_eq(rmdir(home), 0, "something was created in the home folder");
}

TestSuite(user_folder, .init = begin, .fini = end);

static void expect_path(enum user_folder folder, const char *above, const char *below)
{
    char expected[PATH_MAX];
    snprintf(expected, sizeof expected, "%s%s", above, below);
    assert_success(user_path(folder, "x.json", path, sizeof path, &error));
    cr_assert_str_eq(path, expected);
}

Test(user_folder, is_below_the_home_folder_unless_a_variable_is_set)
{
    expect_path(USER_CONFIG, home, "/.config/pdlab/x.json");
    expect_path(USER_STATE, home, "/.local/state/pdlab/x.json");
    expect_path(USER_CACHE, home, "/.cache/pdlab/x.json");
    for (int folder = 0; folder < 3; folder++) {
        setenv(variables[folder], "/tmp/not/there/yet", 1);
        expect_path((enum user_folder)folder, "", "/tmp/not/there/yet/pdlab/x.json");
        setenv(variables[folder], "relative", 1); /* the specification says that it is ignored */
        expect_path((enum user_folder)folder, home,
                    folder == USER_CONFIG  ? "/.config/pdlab/x.json"
                    : folder == USER_STATE ? "/.local/state/pdlab/x.json"
                                           : "/.cache/pdlab/x.json");
        setenv(variables[folder], "", 1);
    }
    expect_path(USER_CONFIG, home, "/.config/pdlab/x.json");
    assert_success(user_folders_usable(USER_FOLDERS, &error));
}

/* Without HOME, a shell also uses the user database. */
Test(user_folder, without_home_the_user_database_is_used)
{
    static const char *const none[] = {NULL, "", "relative", "./x", "~"};
    const struct passwd *user = getpwuid(getuid());
    struct stat status;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        if (none[i])
            setenv("HOME", none[i], 1);
        else
            unsetenv("HOME");
        if (user && stat(user->pw_dir, &status) == 0 && strcmp(user->pw_dir, "/") != 0)
            expect_path(USER_CONFIG, user->pw_dir, "/.config/pdlab/x.json");
        else
            cr_assert_not(user_path(USER_CONFIG, "x.json", path, sizeof path, &error));
    }
}

Test(user_folder, is_never_below_the_root_folder_or_a_missing_home)
{
    static const struct {
        const char *home, *says;
    } bad[] = {
        {"/", "the home is the root folder"},    {"//", "the home is the root folder"},
        {"/./", "the home is the root folder"},  {"/..", "the home is the root folder"},
        {"/proc/none", "HOME names no folder"},  {"/dev/null", "HOME names no folder"},
        {"/dev/null/x", "HOME names no folder"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("HOME", bad[i].home, 1);
        cr_assert_not(user_path(USER_STATE, "x", path, sizeof path, &error), "%s", bad[i].home);
        assert_contains(error.text, "the explorer's state");
        assert_contains(error.text, bad[i].says);
        assert_contains(error.text, "set XDG_STATE_HOME");
        cr_assert_not(user_folders_usable(USER_FOLDERS, &error));
        assert_contains(error.text, "the set-up, the explorer's state, device measurements (");
        assert_contains(error.text, bad[i].says);
    }
    setenv("HOME", home, 1);
    setenv("XDG_CACHE_HOME", "//", 1);
    cr_assert_not(user_path(USER_CACHE, "x", path, sizeof path, &error));
    cr_assert(user_folders_usable(USER_CACHE, &error), "the other two folders are fine");
    cr_assert_not(user_folders_usable(USER_FOLDERS, &error));
    cr_assert_str_eq(error.text,
                     "not kept: device measurements (the folder would be in the root folder)");
}

Test(user_folder, an_unwritable_folder_is_reported)
{
    setenv("XDG_CONFIG_HOME", "/dev/null/below", 1);
    cr_assert_not(user_folders_usable(USER_FOLDERS, &error));
    cr_assert_str_eq(error.text, "not kept: the set-up (the folder is not writable)");
    if (getuid() == 0)
        return; /* root can write everywhere */
    unsetenv("XDG_CONFIG_HOME");
    cr_assert_eq(chmod(home, 0500), 0);
    cr_assert_not(user_folders_usable(USER_FOLDERS, &error));
    assert_contains(error.text, "the set-up, the explorer's state, device measurements (its ");
}

Test(user_folder, a_path_that_is_too_long_is_refused)
{
    static char long_home[PATH_MAX];
    memset(long_home, '/', sizeof long_home - 1);
    memcpy(long_home, "/tmp", 4);
    setenv("XDG_CONFIG_HOME", long_home, 1);
    cr_assert_not(user_path(USER_CONFIG, "x", path, sizeof path, &error));
    assert_contains(error.text, "the path is too long");
}
