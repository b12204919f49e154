/*
 * json_writer.h - writes JSON text front to back.
 *
 * cJSON's printer is unsuitable: it rounds integers of more than 15 digits, and would need a node
 * for each of up to half a million stamps. Pass a key inside an object, and NULL inside an array.
 * json_writer_finish reports whether memory ran out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
    char *text; /* zeroed before the first use */
    size_t length, room;
    bool comma;  /* the next value needs a comma */
    bool failed; /* out of memory */
};

void json_open(struct json_writer *writer, const char *key, char bracket);
void json_close(struct json_writer *writer, char bracket);

/* Breaks the line before the next value and indents it by `indent` blanks. */
void json_line(struct json_writer *writer, unsigned indent);

/* Calls json_line, then json_open. */
void json_open_line(struct json_writer *writer, unsigned indent, const char *key, char bracket);

void json_write_null(struct json_writer *writer, const char *key);
void json_write_boolean(struct json_writer *writer, const char *key, bool value);
void json_write_integer(struct json_writer *writer, const char *key, int64_t value);
/* Writes the shortest digits that read back as `value`, or null if it is not finite. */
void json_write_number(struct json_writer *writer, const char *key, double value);
/* Replaces control characters and invalid UTF-8 by '?'; escapes invisible characters (text.h). */
void json_write_string(struct json_writer *writer, const char *key, const char *value);

/* Write null if the value is unknown: if the string is NULL or empty, or the number is 0. */
void json_write_string_or_null(struct json_writer *writer, const char *key, const char *value);
void json_write_integer_or_null(struct json_writer *writer, const char *key, uint64_t value);

/* Write a value that is already JSON text: first its key, of `length` bytes that need no escapes;
 * then the text, in any number of pieces. */
void json_write_key(struct json_writer *writer, const char *key, size_t length);
void json_write_text(struct json_writer *writer, const char *text, size_t length);

/* Ends the text with a newline and returns it (malloc). NULL: out of memory. */
char *json_writer_finish(struct json_writer *writer, size_t *length);

/* Ends the text like json_writer_finish, but prints it to `out`. False: out of memory. */
bool json_writer_print(struct json_writer *writer, FILE *out);
