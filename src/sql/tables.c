#include "sql/tables.h"

#include <string.h>

static const struct table *const tables[] = {&table_packets, &table_frames_raw, NULL};

lamna_status tables_register(struct sql_session *s, lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; tables[i] != NULL && status == LAMNA_OK; i++)
        status = scan_register(s, tables[i], err);
    if (status == LAMNA_OK)
        status = tables_define(s);
    return status;
}

static void add(lamna_text *text, const char *more)
{
    lamna_text_add(text, more, strlen(more));
}

/* 'A text, in which '' is one quote' */
static void add_quoted(lamna_text *text, const char *value)
{
    add(text, "'");
    for (; *value != '\0'; value++)
        lamna_text_add(text, *value == '\'' ? "''" : value, *value == '\'' ? 2 : 1);
    add(text, "'");
}

static void add_fields(lamna_text *text, const struct words *words)
{
    add(text, "fields := [");
    for (size_t i = 0; i < words->count; i++) {
        add(text, i > 0 ? ", " : "");
        add_quoted(text, words->fields[i]);
    }
    add(text, "]::VARCHAR[]");
}

static bool query(struct sql_session *s, lamna_text *text)
{
    size_t length;
    duck_result result = {0};
    const char *statement = lamna_text_data(text, &length);
    bool ok = statement != NULL && s->duck.query(s->connection, statement, &result) == DUCK_OK;
    s->duck.destroy_result(&result);
    lamna_text_clear(text);
    return ok;
}

/* CREATE OR REPLACE of what the user dropped, or made a table of that name of, is the user's business. */
lamna_status tables_define(struct sql_session *s)
{
    lamna_text *text = lamna_text_new();
    if (text == NULL)
        return LAMNA_ERR_MEMORY;
    add(text, "CREATE OR REPLACE VIEW packets AS FROM lamna_packets([]::VARCHAR[], ");
    add_fields(text, &s->words);
    add(text, ")");
    (void)query(s, text);
    add(text, "CREATE OR REPLACE MACRO capture(file, filter := '') AS TABLE FROM "
              "lamna_packets([file], filter := filter, ");
    add_fields(text, &s->words);
    add(text, ")");
    (void)query(s, text);
    add(text, "CREATE OR REPLACE VIEW frames_raw AS FROM lamna_frames_raw([]::VARCHAR[])");
    (void)query(s, text);
    lamna_text_free(text);
    return LAMNA_OK;
}
