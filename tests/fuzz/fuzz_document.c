/* fuzz_document.c - no bytes may crash the reader of documents. If an accepted document is written
 * and read again, nothing changes. */
#include "../../src/document/document.h"
#include "fuzz.h"

static void check_round_trip(const struct document *document)
{
    struct document again;
    struct error error;
    size_t length, length_again;

    char *text = document_print(document, &length);
    require(text);
    require(document_parse(text, length, "printed", &again, &error));
    char *text_again = document_print(&again, &length_again);
    require_equal(text, length, text_again, length_again);
    document_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct document document;
    struct error error = {0};

    if (document_parse((const char *)data, size, "input", &document, &error)) {
        check_round_trip(&document);
        document_free(&document);
    } else {
        require(error.kind != ERROR_NONE && *error.text && !document.runs);
    }
    return 0;
}
