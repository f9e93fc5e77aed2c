#include "readall.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The linker gives our calls of fopen() to this (--wrap): the lists of the machine, such as that of
 * vendors, are not there. They would take most of the time of a short reading. glibc's name for it
 * depends on the size of off_t. */
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
    (void)path;
    (void)mode;
    errno = ENOENT;
    return NULL;
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
    return __wrap_fopen(path, mode);
}

/* What is open at a time; each may be NULL. */
struct reading {
    lamna_query *query;
    lamna_source *source;
    lamna_run *run;
    lamna_text *text;
};

static void reading_close(struct reading *r)
{
    lamna_run_free(r->run);
    lamna_source_close(r->source);
    lamna_query_free(r->query);
    lamna_text_free(r->text);
}

static lamna_status reading_open(struct reading *r, const lamna_registry *reg, const char *path,
                                 const char *filter, lamna_error *err)
{
    r->text = lamna_text_new();
    r->query = lamna_query_new(reg, err);
    if (r->query == NULL)
        return err->status;
    if (filter != NULL) {
        lamna_status status = lamna_query_filter(r->query, filter, err);
        if (status != LAMNA_OK)
            return status;
    }
    lamna_query_want_all(r->query, true);
    lamna_query_want_columns(r->query);
    lamna_query_verify_checksums(r->query, true);
    r->source = lamna_source_open(path, NULL, err);
    if (r->source == NULL)
        return err->status;
    r->run = lamna_run_new(r->query, r->source, err);
    return r->run == NULL ? err->status : LAMNA_OK;
}

static void write_packet(const lamna_packet *packet, lamna_text *text)
{
    size_t count, length;
    const lamna_item *items = lamna_packet_items(packet, &count);
    for (size_t i = 0; i < count; i++) {
        if (items[i].end <= i || items[i].end > count)
            abort();
        lamna_text_clear(text);
        lamna_item_label(packet, i, text);
        lamna_item_value(packet, i, text);
        lamna_item_json(packet, i, text);
    }
    lamna_text_clear(text);
    for (int column = LAMNA_COLUMN_SOURCE; column <= LAMNA_COLUMN_INFO; column++)
        lamna_packet_column(packet, (lamna_column)column, text);
    (void)lamna_text_data(text, &length);
}

lamna_status readall(const lamna_registry *reg, const char *path, const char *filter,
                     lamna_error *err)
{
    struct reading r = {0};
    *err = (lamna_error){0};
    lamna_status status = reading_open(&r, reg, path, filter, err);
    const lamna_packet *packet;
    while (status == LAMNA_OK) {
        status = lamna_run_next(r.run, &packet, err);
        if (status == LAMNA_OK && r.text != NULL)
            write_packet(packet, r.text);
    }
    if (status != LAMNA_END && (err->message[0] == '\0' || err->status != status))
        abort(); /* an error says what it is */
    reading_close(&r);
    return status;
}
