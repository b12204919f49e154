#include "../../src/base/json_words.h"
#include "unit.h"

static struct error error;

static const char *const sides[] = {"up", "down", "left", NULL};

/* Parses a document, and returns its root; free it with json_free. */
static struct json open_text(const char *text)
{
    struct json root;
    assert_success(json_parse(text, strlen(text), "d.json", &root, &error));
    return root;
}

static int schema_of(const char *text)
{
    static const char *const schemas[] = {"pdlab.x/2", "pdlab.x/1", NULL};
    struct json root = open_text(text);
    const int index = json_schema(&root, schemas, &error);
    json_free(&root);
    return index;
}

Test(json_words, a_schema_is_one_that_the_reader_knows)
{
    cr_assert_eq(schema_of("{\"schema\":\"pdlab.x/2\"}"), 0);
    cr_assert_eq(schema_of("{\"a\":1,\"schema\":\"pdlab.x/1\"}"), 1);
    static const char *const others[][2] = {
        {"{\"schema\":\"pdlab.x/3\"}", "line 1, column 11: schema: expected \"pdlab.x/2\" or "
                                       "\"pdlab.x/1\", found 'pdlab.x/3'"},
        {"{\"schema\":2}", "schema: expected \"pdlab.x/2\" or \"pdlab.x/1\", found 2"},
        {"{\"schema\":null}", "schema: expected \"pdlab.x/2\" or \"pdlab.x/1\", found nothing"},
        {"{}", "schema: expected \"pdlab.x/2\" or \"pdlab.x/1\", found nothing"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_assert_eq(schema_of(others[i][0]), -1, "%s", others[i][0]);
        assert_contains(error.text, others[i][1]);
    }
}

static bool word_of(const char *text, unsigned *index)
{
    struct json root = open_text(text), at = json_member(&root, "side");
    const bool read = json_word(&at, sides, index, &error);
    json_free(&root);
    return read;
}

Test(json_words, a_word_is_read_as_its_place_or_all_are_named)
{
    unsigned index = 7;
    cr_assert(word_of("{\"side\":\"left\"}", &index));
    cr_assert_eq(index, 2);
    static const char *const others[] = {"{\"side\":\"Left\"}", "{\"side\":1}", "{\"side\":null}",
                                         "{\"side\":[\"left\"]}", "{}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_assert_not(word_of(others[i], &index), "%s", others[i]);
        assert_contains(error.text, "side: expected \"up\", \"down\" or \"left\", found ");
    }
    cr_assert_eq(index, 2, "it is left as it was");
}

Test(json_words, an_unknown_key_is_named_with_its_place_and_the_nearest)
{
    static const struct {
        const char *text, *complaint; /* NULL: accepted */
    } cases[] = {
        {"{}", NULL},
        {"{\"down\":1,\"up\":2}", NULL},
        {"{\"up\":1,\"dawn\":2}",
         "d.json: line 1, column 9: dawn: there is no such key in a box; the nearest is down"},
        {"{\"somewhere\":1}", "d.json: line 1, column 2: somewhere: there is no such key in a box"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json root = open_text(cases[i].text);
        cr_assert_eq(json_check_keys(&root, "a box", sides, &error), !cases[i].complaint);
        cr_assert_str_eq(error.text, cases[i].complaint ? cases[i].complaint : "");
        json_free(&root);
    }
}
