/* What json_parse accepts and refuses, according to RFC 8259; and that each message says where. */
#include "../../src/base/json.h"
#include "../../src/base/json_scan.h"
#include "../../src/engine/json_knobs.h"
#include "unit.h"

static struct error error;

static bool parses(const char *text)
{
    /* A copy that ends exactly at the text's end, so that sanitizers detect a read past it. */
    const size_t length = strlen(text);
    char *exact = malloc(length ? length : 1);
    memcpy(exact, text, length);
    struct json root;
    const bool parsed = json_parse(exact, length, "x.json", &root, &error);
    json_free(&root);
    free(exact);
    return parsed;
}

Test(json, invalid_json_is_refused_with_line_and_column)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "1, column 1: the text is empty"},
        {" \n ", "2, column 2: the text is empty"},
        {"{\"a\":010}", "1, column 6: a number must not have leading zeros"},
        {"{\"a\":-00.5}", "1, column 7: a number must not have leading zeros"},
        {"{\"a\":1.}", "1, column 8: a number needs a digit after its point"},
        {"{\"a\":1.e1}", "1, column 8: a number needs a digit after its point"},
        {"{\"a\":.5}", "1, column 6: a number begins with a digit or a -"},
        {"{\"a\":+1}", "1, column 6: a number begins with a digit or a -"},
        {"{\"a\":-}", "1, column 7: a number needs a digit here"},
        {"{\"a\":--1}", "1, column 7: a number needs a digit here"},
        {"{\"a\":1e}", "1, column 8: a number needs a digit in its exponent"},
        {"{\"a\":1E+}", "1, column 9: a number needs a digit in its exponent"},
        {"{\"a\":0x1}", "1, column 7: an unexpected character after a number; numbers are decimal"},
        {"{\"a\":1,5}", "1, column 8: a key in double quotes is expected here"},
        {"{\"a\":1_000}",
         "1, column 7: an unexpected character after a number; numbers are decimal"},
        {"{\"a\":1.5.5}",
         "1, column 9: an unexpected character after a number; numbers are decimal"},
        {"{\"a\":NaN}", "1, column 6: the only words without quotes"},
        {"{\"a\":Infinity}", "1, column 6: the only words without quotes"},
        {"{\"a\":-Infinity}", "1, column 7: a number needs a digit here"},
        {"{\"a\":True}", "1, column 6: the only words without quotes"},
        {"{\"a\":nul}", "1, column 6: the only words without quotes"},
        {"{\"a\":nulls}", "1, column 6: the only words without quotes"},
        {"{\n\"a\":1,\n}", "2, column 6: a comma after the last value; JSON allows"},
        {"{\"a\":[1,]}", "1, column 8: a comma after the last value; JSON allows"},
        {"{\"a\":[,1]}", "1, column 7: a value is expected here"},
        {"{,}", "1, column 2: a key in double quotes"},
        {"{\"a\":1 \"b\":2}", "1, column 8: a comma or a } is expected here"},
        {"{\"a\":[1 2]}", "1, column 9: a comma or a ] is expected here"},
        {"{\"a\":[1}", "1, column 8: a comma or a ] is expected here"},
        {"{\"a\" 1}", "1, column 6: a colon is expected after a key"},
        {"{a:1}", "1, column 2: a key in double quotes"},
        {"{'a':1}", "1, column 2: a key in double quotes"},
        {"{\"a\":'b'}", "1, column 6: a string needs double quotes"},
        {"{\"a\":1}\n{}", "2, column 1: text after the end of the document"},
        {"{\"a\":1}}", "1, column 8: text after the end of the document"},
        {"{ // one\n\"a\":1}", "1, column 3: a comment; JSON has no comments"},
        {"{\"a\":1 /* one */}", "1, column 8: a comment; JSON has no comments"},
        {"# one\n{}", "1, column 1: a comment; JSON has no comments"},
        {"{\"a\":\"\\x41\"}", "1, column 7: an escape that JSON does not define"},
        {"{\"a\":\"\\'\"}", "1, column 7: an escape that JSON does not define"},
        {"{\"a\":\"\\u12g4\"}", "1, column 11: \\u needs four hexadecimal digits"},
        {"{\"a\":\"\\u12\"}", "1, column 11: \\u needs four hexadecimal digits"},
        {"{\"a\":\"\\u0000\"}", "1, column 7: a NUL in a string"},
        {"{\"a\":\"\\ud83d\"}", "1, column 7: an unpaired surrogate"},
        {"{\"a\":\"\\ud83d\\n\"}", "1, column 7: an unpaired surrogate"},
        {"{\"a\":\"\\ude00\"}", "1, column 7: an unpaired surrogate"},
        {"{\"a\":\"x\ty\"}", "1, column 8: a control character in a string"},
        {"{\"a\":\"x\n\"}", "1, column 8: a control character in a string"},
        {"{\"a\":\f1}", "1, column 6: a control character"},
        {"{\"\u00e9\u20ac\":01}", "1, column 7: a number must not have leading zeros"},
        {"\ufeff{\"a\":01}", "1, column 6: a number must not have leading zeros"},
        {"\ufeff\ufeff{}", "1, column 1: a value is expected here"},
        {"\xff\xfe{", "1, column 1: a value is expected here"},
        {"{\"a\":\"\xff\"}", "1, column 6: a: control characters or broken UTF-8"},
        {"{\r\n \"a\":1,\r\n \"a\":2}", "3, column 2: a: the key 'a' occurs twice"},
        {"{\"b\":[{},{\"a\":1,\"\\u0061\":2}]}", "1, column 17: b[1].a: the key 'a' occurs twice"},
        {"[1]", "1, column 1: expected an object, found a list"},
        {"\ufeff2", "1, column 1: expected an object, found 2"},
        {"{\"a\":0.00000000000000000000000000000000000000000000000000000000000001}",
         "1, column 6: a number of more than 63 characters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char head[] = "x.json: line ";
        cr_assert_not(parses(cases[i].text), "%s", cases[i].text);
        cr_assert_eq(error.kind, ERROR_INPUT);
        cr_assert(strncmp(error.text, head, strlen(head)) == 0 &&
                      strncmp(error.text + strlen(head), cases[i].says, strlen(cases[i].says)) == 0,
                  "%s: %s", cases[i].text, error.text);
    }
}

Test(json, valid_json_is_accepted)
{
    static const char *const cases[] = {
        "{}",
        "\ufeff {}\r\n",
        "{\"a\":[0,-0,-1.5,1e5,1E-5,0.25e+2,12345678901234567890]}",
        "{\"a\":{\"b\":[[],{},\"\",true,false,null]}}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
        "{\"\\u00e9\":\"\\ud83d\\uDE00\"}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bool parsed = parses(cases[i]);
        /* Escaped control characters are valid JSON, but no string may contain one. */
        if (strstr(cases[i], "\\b"))
            assert_contains(error.text, "a: control characters");
        else
            cr_assert(parsed, "%s: %s", cases[i], error.text);
    }
}

Test(json, nesting_is_accepted_up_to_its_limit)
{
    char text[256];
    for (unsigned depth = 31; depth <= 33; depth++) {
        snprintf(text, sizeof text, "{\"a\":%.*s%.*s}", (int)depth - 1,
                 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", (int)depth - 1,
                 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        const bool parsed = parses(text);
        cr_assert_eq(parsed, depth <= 32, "%u: %s", depth, error.text);
        assert_success(parsed || strstr(error.text, "line 1, column 37: nested deeper than 32"));
    }
}

/* The position of a value of the wrong kind is found in the text, whatever precedes it. */
Test(json, a_value_is_refused_with_its_line_and_column)
{
    static const char text[] = "{\"s\":\"a, ]}\\\"\",\n"
                               " \"list\":[1, \"two\" ,\n"
                               "  {\"x\":-1.5e3,\"deep\":[[3],[]],\n"
                               "   \"\u20ac\":\"4\"}]}";
    int64_t value;
    struct json root;
    assert_success(json_parse(text, strlen(text), "x.json", &root, &error));
    const struct json list = json_member(&root, "list");
    const struct json one = json_first(&list), two = json_next(&one), object = json_next(&two);
    const struct json four = json_member(&object, "\u20ac"), deep = json_member(&object, "deep"),
                      none = json_member(&object, "none");

    cr_assert(json_integer(&one, 0, 9, &value, &error));
    cr_assert_not(json_integer(&four, 0, 9, &value, &error));
    cr_assert_str_eq(error.text, "x.json: line 4, column 8: list[2].???: expected a whole number "
                                 "from 0 to 9, found '4'");
    cr_assert_not(json_integer(&two, 0, 9, &value, &error));
    assert_contains(error.text, "line 2, column 13: list[1]: ");
    cr_assert_not(json_integer(&deep, 0, 9, &value, &error));
    assert_contains(error.text, "line 3, column 22: list[2].deep: ");
    cr_assert_not(json_refuse_key(&deep, &error, "no"));
    assert_contains(error.text, "line 3, column 15: list[2].deep: no");
    /* A missing member is reported for the object around it. */
    cr_assert_not(json_integer(&none, 0, 9, &value, &error));
    assert_contains(error.text, "line 3, column 3: list[2].none: ");
    json_free(&root);
}

Test(json, a_knobs_number_is_not_a_string)
{
    static const struct {
        const char *text, *says; /* NULL: accepted */
    } cases[] = {
        {"{\"BATCH\":4}", NULL},
        {"{\"BATCH\":4.0}", NULL},
        {"{\"CONTEXT\":-0,\"SPLITS\":-0.0e5,\"SEED\":0E-3}", NULL},
        {"{\"BATCH\":-0}", "line 1, column 10: BATCH: BATCH takes 1 to 4,096, not '0'"},
        {"{\"THREADS\":\"auto\"}", NULL},
        {"{\"STEP_SYNC\":\"flag\",\"CHAIN\":false,\"PDL\":\"on\"}", NULL},
        {"{\"BATCH\":\"4\"}", "line 1, column 10: BATCH: expected a number without quotes"},
        {"{\"BLOCK_K\":\"32\"}", "line 1, column 12: BLOCK_K: expected a number without quotes"},
        {"{\"THREADS\":\"2\"}", "line 1, column 12: THREADS: expected a number without quotes"},
        {"{\"BATCH\":4.5}", "line 1, column 10: BATCH: BATCH takes 1 to 4,096, not '4.5'"},
        {"{\"BATCH\":1e999}", "line 1, column 10: BATCH: BATCH takes 1 to 4,096"},
        {"{\"BATCH\":true}", "line 1, column 10: BATCH: BATCH takes 1 to 4,096, not 'on'"},
        {"{\"BATHC\":1}", "line 1, column 2: BATHC: there is no such knob; the nearest is BATCH"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct knobs knobs = {0};
        uint64_t set = 0;
        struct json root;
        json_parse(cases[i].text, strlen(cases[i].text), "x.json", &root, &error);
        const bool taken = json_knobs(&root, &knobs, &set, &error);
        cr_assert_eq(taken, cases[i].says == NULL, "%s: %s", cases[i].text, error.text);
        assert_success(taken || strstr(error.text, cases[i].says));
        json_free(&root);
    }
}

/* ---- many keys ------------------------------------------------------------------------------- */

/* An object of `count` keys, the last of which is "k<last>". */
static bool parses_wide(size_t count, size_t last, size_t most)
{
    char *text = malloc(16 * count + 2), *at = text;
    cr_assert_not_null(text);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s\"k%zu\":0", i == 0 ? "{" : ",", i + 1 == count ? last : i);
    at += sprintf(at, "}");
    struct json root;
    const bool parsed = json_parse_wide(text, (size_t)(at - text), "a.json", most, &root, &error);
    json_free(&root);
    free(text);
    return parsed;
}

Test(json, an_object_may_have_many_keys_but_none_twice)
{
    assert_success(parses_wide(1000, 1000, 1000));
    cr_assert_not(parses_wide(1001, 1001, 1000));
    cr_assert_str_eq(error.text, "a.json: line 1, column 1: more than 1000 keys");
    static const size_t counts[] = {2, 64, 65, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t twin = 0; twin + 1 < counts[i]; twin += counts[i] / 2) {
            char sentence[64];
            cr_assert_not(parses_wide(counts[i], twin, 1000), "%zu of %zu", twin, counts[i]);
            snprintf(sentence, sizeof sentence, "the key 'k%zu' occurs twice", twin);
            assert_contains(error.text, sentence);
        }
    }
}

/* A member of every run may be written once for all of them, so the text of a run lacks it. */
Test(json, a_missing_value_is_reported_at_its_container)
{
    static const char text[] = "{\"a\": [1, {}]}";
    size_t key = 99;
    cr_assert_eq(json_scan_child(text, 0, 0, &key), 6);
    cr_assert_eq(json_scan_child(text, 0, 1, &key), 0);
    cr_assert_eq(key, 0);
    cr_assert_eq(json_scan_child(text, 6, 5, &key), 6);
    cr_assert_eq(json_scan_child("[]", 0, 0, &key), 0);
}
