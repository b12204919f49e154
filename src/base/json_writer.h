/*
 * json_writer.h - JSON text, written front to back.
 *
 * Not cJSON's printer: that rounds whole numbers past 15 digits, and would need a node for each of
 * the half million stamps that a document may hold.
 *
 * Give a key in an object, NULL in an array. Running out of memory is remembered and reported once,
 * by json_writer_finish.
 */
#ifndef SRC_JSON_WRITER_H
#define SRC_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
    char *text; /* zeroed to begin with */
    size_t length, room;
    bool comma;  /* something stands before the next value */
    bool failed; /* no memory */
};

void json_open(struct json_writer *writer, const char *key, char bracket);
void json_close(struct json_writer *writer, char bracket);

/* A line break before the next value, which begins `indent` blanks in. */
void json_line(struct json_writer *writer, unsigned indent);

void json_write_null(struct json_writer *writer, const char *key);
void json_write_boolean(struct json_writer *writer, const char *key, bool value);
void json_write_integer(struct json_writer *writer, const char *key, int64_t value);
/* The shortest digits that read back as `value`; null for what is not finite. */
void json_write_number(struct json_writer *writer, const char *key, double value);
/* '?' stands for control characters and broken UTF-8; what is hidden (text.h) is escaped. */
void json_write_string(struct json_writer *writer, const char *key, const char *value);

/* A value that is JSON text already: its key, then any number of pieces that make it up. */
void json_write_key(struct json_writer *writer, const char *key, size_t length);
void json_write_text(struct json_writer *writer, const char *text, size_t length);

/* Ends the text with a newline and hands it over (malloc). NULL: there was no memory. */
char *json_writer_finish(struct json_writer *writer, size_t *length);

/* Ends the text likewise and writes it to `out`. False: there was no memory. */
bool json_writer_print(struct json_writer *writer, FILE *out);

#endif
