/* fuzz_user_setup.c - no bytes may crash the reader of the user's set-up. If an accepted set-up is
 * written and read again, nothing changes. */
#include "../../src/command/option_table.h"
#include "../../src/command/user_setup.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct user_setup setup, again;
    struct error error = {0};
    size_t length, length_again;

    if (!user_setup_parse((const char *)data, size, "input", &setup, &error)) {
        require_refusal(&error);
        require(setup.fps == USER_SETUP_FPS && setup.key_count == 0);
        return 0;
    }
    require(setup.theme < THEME_COUNT && setup.fps >= 1 && setup.fps <= OPTION_FPS_MOST);
    require(setup.key_count <= USER_SETUP_ACTIONS);
    char *text = user_setup_print(&setup, &length);
    require(text != NULL);
    require(user_setup_parse(text, length, "again", &again, &error));
    char *text_again = user_setup_print(&again, &length_again);
    require_equal(text, length, text_again, length_again);
    return 0;
}
