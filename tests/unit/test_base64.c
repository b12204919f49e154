#include "../../src/base/base64.h"
#include "unit.h"

Test(base64, the_vectors_of_rfc_4648)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char text[BASE64_ROOM(6)];
        const size_t length = strlen(vectors[i][0]);
        cr_assert_str_eq(base64_encode(vectors[i][0], length, text), vectors[i][1]);
        cr_assert_leq(strlen(text) + 1, BASE64_ROOM(length));
    }
}

Test(base64, bytes_above_127_are_bytes)
{
    char text[BASE64_ROOM(3)];
    cr_assert_str_eq(base64_encode("\xff\xfe\xfd", 3, text), "//79");
    cr_assert_str_eq(base64_encode("\0\0\0", 3, text), "AAAA");
}
