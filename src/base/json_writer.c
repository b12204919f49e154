#include "json_writer.h"

#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct json_writer *writer, const char *text, size_t length)
{
    if (writer->failed)
        return;
    if (length >= writer->room - writer->length) {
        size_t room = 2 * writer->room + length + 4096;
        char *grown = realloc(writer->text, room);
        if (!grown) {
            writer->failed = true;
            return;
        }
        writer->text = grown;
        writer->room = room;
    }
    memcpy(writer->text + writer->length, text, length);
    writer->length += length;
}

static void append_word(struct json_writer *writer, const char *word)
{
    append(writer, word, strlen(word));
}

/* Appends a character as \uXXXX; as a surrogate pair if it is above U+FFFF. */
static void append_escape(struct json_writer *writer, uint32_t character)
{
    char escape[16];
    uint32_t above = character - 0x10000;
    if (character < 0x10000)
        snprintf(escape, sizeof escape, "\\u%04" PRIx32, character);
    else
        snprintf(escape, sizeof escape, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 | above >> 10,
                 0xdc00 | (above & 0x3ff));
    append_word(writer, escape);
}

/* Appends a string in quotes. Replaces control characters by '?', because readers of documents
 * refuse them. Escapes invisible characters, which keeps them but lets them affect no terminal. */
static void append_string(struct json_writer *writer, const char *string)
{
    append(writer, "\"", 1);
    for (; *string; string += text_length(string)) {
        uint32_t character = 0;
        size_t length = text_decode(string, &character);
        if (text_printable_length(string) == 0) {
            append(writer, "?", 1);
        } else if (text_visible_length(string) == 0) {
            append_escape(writer, character);
        } else {
            if (*string == '"' || *string == '\\')
                append(writer, "\\", 1);
            append(writer, string, length);
        }
    }
    append(writer, "\"", 1);
}

/* Writes what precedes a value: the comma and the key. */
static void begin_value(struct json_writer *writer, const char *key)
{
    if (writer->comma)
        append(writer, ",", 1);
    writer->comma = true;
    if (key) {
        append_string(writer, key);
        append(writer, ":", 1);
    }
}

void json_open(struct json_writer *writer, const char *key, char bracket)
{
    begin_value(writer, key);
    append(writer, &bracket, 1);
    writer->comma = false;
}

void json_close(struct json_writer *writer, char bracket)
{
    append(writer, &bracket, 1);
    writer->comma = true;
}

void json_line(struct json_writer *writer, unsigned indent)
{
    char line[32];
    int length = snprintf(line, sizeof line, "%s\n%*s", writer->comma ? "," : "", (int)indent, "");
    append(writer, line, (size_t)length);
    writer->comma = false;
}

void json_open_line(struct json_writer *writer, unsigned indent, const char *key, char bracket)
{
    json_line(writer, indent);
    json_open(writer, key, bracket);
}

void json_write_null(struct json_writer *writer, const char *key)
{
    begin_value(writer, key);
    append_word(writer, "null");
}

void json_write_boolean(struct json_writer *writer, const char *key, bool value)
{
    begin_value(writer, key);
    append_word(writer, value ? "true" : "false");
}

void json_write_integer(struct json_writer *writer, const char *key, int64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    begin_value(writer, key);
    append_word(writer, digits);
}

void json_write_number(struct json_writer *writer, const char *key, double value)
{
    char digits[32];
    if (!isfinite(value)) {
        json_write_null(writer, key);
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    begin_value(writer, key);
    append_word(writer, digits);
}

void json_write_string(struct json_writer *writer, const char *key, const char *value)
{
    begin_value(writer, key);
    append_string(writer, value);
}

void json_write_string_or_null(struct json_writer *writer, const char *key, const char *value)
{
    if (value && *value)
        json_write_string(writer, key, value);
    else
        json_write_null(writer, key);
}

void json_write_integer_or_null(struct json_writer *writer, const char *key, uint64_t value)
{
    if (value > 0)
        json_write_integer(writer, key, (int64_t)value);
    else
        json_write_null(writer, key);
}

void json_write_key(struct json_writer *writer, const char *key, size_t length)
{
    begin_value(writer, NULL);
    append(writer, "\"", 1);
    append(writer, key, length);
    append(writer, "\":", 2);
}

void json_write_text(struct json_writer *writer, const char *text, size_t length)
{
    append(writer, text, length);
}

char *json_writer_finish(struct json_writer *writer, size_t *length)
{
    append(writer, "\n", 2); /* with the NUL */
    if (writer->failed) {
        free(writer->text);
        writer->text = NULL;
        return NULL;
    }
    *length = writer->length - 1;
    return writer->text;
}

bool json_writer_print(struct json_writer *writer, FILE *out)
{
    size_t length;
    char *text = json_writer_finish(writer, &length);
    if (text)
        fwrite(text, 1, length, out);
    free(text);
    return text != NULL;
}
