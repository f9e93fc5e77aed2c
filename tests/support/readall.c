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

enum { FOLLOWS = 3, REPORTS = 32 };

/* What is open at a time; each may be NULL. */
struct reading {
    lamna_query *query;
    lamna_source *source;
    lamna_run *run;
    lamna_text *text;
    lamna_follow *follows[FOLLOWS];
    lamna_report *reports[REPORTS];
};

static void reading_close(struct reading *r)
{
    for (size_t i = 0; i < FOLLOWS; i++)
        lamna_follow_free(r->follows[i]);
    for (size_t i = 0; i < REPORTS; i++)
        lamna_report_free(r->reports[i]);
    lamna_run_free(r->run);
    lamna_source_close(r->source);
    lamna_query_free(r->query);
    lamna_text_free(r->text);
}

/* A chunk says something, and each byte of it can be read. */
static void look_at_chunk(void *context, const lamna_chunk *chunk)
{
    uint8_t *sum = context;
    if (chunk->length + chunk->head_length + chunk->missing == 0)
        abort();
    for (size_t i = 0; i < chunk->length; i++)
        *sum ^= chunk->data[i];
    for (size_t i = 0; i < chunk->head_length; i++)
        *sum ^= chunk->head[i];
}

/* Everything that follows connections and all reports, side by side. */
static lamna_status reports_open(struct reading *r, const lamna_registry *reg, uint8_t *sum,
                                 lamna_error *err)
{
    static const char *const protocols[FOLLOWS] = {"tcp", "udp", "http"};
    const char *kind;
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; i < FOLLOWS && status == LAMNA_OK; i++) {
        r->follows[i] = lamna_follow_new(reg, protocols[i], look_at_chunk, sum, err);
        status =
            r->follows[i] == NULL ? err->status : lamna_follow_ask(r->follows[i], r->query, err);
    }
    for (size_t i = 0; i < REPORTS && status == LAMNA_OK; i++) {
        if ((kind = lamna_report_kind(i, NULL)) == NULL)
            break;
        r->reports[i] = lamna_report_new(reg, kind, NULL, err);
        status =
            r->reports[i] == NULL ? err->status : lamna_report_ask(r->reports[i], r->query, err);
    }
    return status;
}

static void reports_add(struct reading *r, const lamna_packet *packet)
{
    for (size_t i = 0; i < FOLLOWS && r->follows[i] != NULL; i++)
        lamna_follow_add(r->follows[i], packet);
    for (size_t i = 0; i < REPORTS && r->reports[i] != NULL; i++)
        lamna_report_add(r->reports[i], packet);
}

/* At the end: what was held back, and the rows. */
static lamna_status reports_end(struct reading *r, lamna_error *err)
{
    lamna_error late;
    lamna_status status = LAMNA_END;
    for (size_t i = 0; i < FOLLOWS && r->follows[i] != NULL; i++) {
        if (lamna_follow_end(r->follows[i], &late) != LAMNA_OK) {
            *err = late;
            status = late.status;
        }
    }
    for (size_t i = 0; i < REPORTS && r->reports[i] != NULL; i++) {
        if (lamna_report_finish(r->reports[i], &late) != LAMNA_OK) {
            *err = late;
            status = late.status;
        }
    }
    return status;
}

static lamna_status reading_open(struct reading *r, const lamna_registry *reg, const char *path,
                                 const char *filter, uint8_t *sum, lamna_error *err)
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
    lamna_status asked = sum != NULL ? reports_open(r, reg, sum, err) : LAMNA_OK;
    if (asked != LAMNA_OK)
        return asked;
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

lamna_status readall(const lamna_registry *reg, const char *path, const char *filter, bool reports,
                     lamna_error *err)
{
    struct reading r = {0};
    uint8_t sum = 0;
    *err = (lamna_error){0};
    lamna_status status = reading_open(&r, reg, path, filter, reports ? &sum : NULL, err);
    const lamna_packet *packet;
    while (status == LAMNA_OK) {
        status = lamna_run_next(r.run, &packet, err);
        if (status == LAMNA_OK && r.text != NULL)
            write_packet(packet, r.text);
        if (status == LAMNA_OK)
            reports_add(&r, packet);
    }
    if (status == LAMNA_END)
        status = reports_end(&r, err);
    if (status != LAMNA_END && (err->message[0] == '\0' || err->status != status))
        abort(); /* an error says what it is */
    reading_close(&r);
    return status;
}
