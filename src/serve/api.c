/* What can be asked under /api/: see docs/api.md. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "serve/captures.h"
#include "serve/detail.h"
#include "serve/indexes.h"
#include "serve/view.h"

enum { ROWS_MOST = 1000, FIELDS_MOST = 200, WAIT_MOST = 10000, COLOURS_BODY_MOST = 256 << 10 };

/* ---- Captures -------------------------------------------------------------------------------------------- */

static void put_interfaces(lamna_text *out, const lamna_source *source)
{
    lamna_interface interface;
    put(out, ",\"interfaces\":[");
    for (size_t i = 0; lamna_source_interface(source, i, &interface); i++) {
        put(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        put_text(out, interface.name);
        put_pair_text(out, "description", interface.description);
        put_pair_number(out, "link_type", interface.link_type);
        put(out, "}");
    }
    put(out, "]");
}

static void put_live(lamna_text *out, const struct capture_info *info)
{
    put(out, info->running ? ",\"live\":{\"running\":true" : ",\"live\":{\"running\":false");
    put_pair_number(out, "packets", info->packets);
    put_pair_number(out, "dropped", info->dropped);
    if (info->error.status != LAMNA_OK)
        put_pair_text(out, "problem", info->error.message);
    put(out, "}");
}

static void put_capture(const struct request *r, const struct capture_info *info, size_t number)
{
    struct stat about;
    lamna_error err;
    lamna_text *out = r->out;
    lamna_source *source = lamna_source_open(info->path, NULL, &err);
    put(out, number == 0 ? "{\"capture\":" : ",{\"capture\":");
    put_number(out, number);
    put_pair_text(out, "name", info->name);
    put_pair_number(out, "size", stat(info->path, &about) == 0 ? (uint64_t)about.st_size : 0);
    put_pair_text(out, "index", indexes_state(r->server, info->path));
    if (info->live)
        put_live(out, info);
    if (source != NULL) {
        put_pair_text(out, "format", lamna_source_format(source));
        put_pair_text(out, "compression", lamna_source_compression(source));
        put_interfaces(out, source);
    } else {
        put_pair_text(out, "error", err.message);
    }
    put(out, "}");
    lamna_source_close(source);
}

static void answer_captures(struct request *r)
{
    struct capture_info info;
    put(r->out, "{\"version\":");
    put_text(r->out, r->server->options->version);
    put(r->out, ",\"captures\":[");
    for (size_t i = 0; captures_info(r->server->captures, i, &info); i++)
        put_capture(r, &info, i);
    put(r->out, "]}");
}

/* ---- Packets --------------------------------------------------------------------------------------------- */

/* An argument, or "". */
static const char *given(const struct request *r, const char *name)
{
    const char *text = request_text(r, name);
    return text != NULL ? text : "";
}

static struct view *enter(struct request *r)
{
    lamna_error err = {0};
    struct view_key key = {.path = request_capture(r),
                           .filter = given(r, "filter"),
                           .columns = given(r, "columns"),
                           .sort = given(r, "sort")};
    if (key.path == NULL)
        return NULL;
    struct view *view = view_enter(r->server, &key, &err);
    if (view == NULL)
        answer_error(r, &err);
    return view;
}

static void put_state(lamna_text *out, const struct view_state *state)
{
    put(out, state->done ? "\"done\":true" : "\"done\":false");
    put_pair_number(out, "total", state->rows);
    put_pair_number(out, "scanned", state->scanned);
    put_pair_number(out, "size", state->size);
    if (state->error.status != LAMNA_OK)
        put_pair_text(out, "problem", state->error.message);
}

void answer_packets(struct request *r)
{
    uint64_t from, count, wait;
    lamna_error err = {0};
    if (!request_number(r, "from", UINT32_MAX, 0, &from) ||
        !request_number(r, "count", ROWS_MOST, 100, &count) ||
        !request_number(r, "wait", WAIT_MOST, 150, &wait))
        return;
    struct view *view = enter(r);
    if (view == NULL)
        return;
    view_wait(view, from + count, (unsigned)wait);
    struct view_state state = view_state(view);
    put(r->out, "{");
    put_state(r->out, &state);
    put_pair_number(r->out, "from", from);
    put(r->out, ",\"rows\":[");
    if (view_rows(view, from, count, r->out, &err) == LAMNA_OK)
        put(r->out, "]}");
    else
        answer_error(r, &err);
    view_leave(view);
}

/* Where in the list a packet is. */
void answer_row(struct request *r)
{
    enum { PATIENCE = 2000 };
    uint64_t number, row;
    lamna_error err = {0};
    if (!request_number(r, "number", UINT64_MAX, 0, &number))
        return;
    struct view *view = enter(r);
    if (view == NULL)
        return;
    view_wait(view, number, PATIENCE);
    lamna_status status = view_find(view, number, &row, &err);
    struct view_state state = view_state(view);
    put(r->out, "{");
    put_state(r->out, &state);
    put_pair_number(r->out, "row", row);
    put(r->out, "}");
    if (status != LAMNA_OK)
        answer_error(r, &err);
    view_leave(view);
}

void answer_packet(struct request *r)
{
    uint64_t number;
    lamna_error err = {0};
    const char *path = request_capture(r);
    if (path == NULL || !request_number(r, "number", UINT64_MAX - 64, 0, &number))
        return;
    lamna_status status =
        number == 0 ? LAMNA_END : detail_add(r->server, path, number, r->out, &err);
    if (status == LAMNA_END)
        answer_message(r, MHD_HTTP_NOT_FOUND, "there is no packet of that number");
    else if (status != LAMNA_OK)
        answer_error(r, &err);
}

/* ---- Filters --------------------------------------------------------------------------------------------- */

static void put_place(lamna_text *out, const lamna_error *err)
{
    put(out, "{\"message\":");
    put_text(out, err->message);
    put_pair_text(out, "hint", err->hint);
    put_pair_number(out, "begin", err->begin);
    put_pair_number(out, "end", err->end);
    put(out, "}");
}

static void answer_filter(struct request *r)
{
    lamna_error err = {0}, warning;
    const char *text = request_text(r, "text");
    lamna_query *query = query_new(r->server, text != NULL ? text : "", &err);
    if (query == NULL && err.status != LAMNA_ERR_FILTER) {
        answer_error(r, &err);
        return;
    }
    put(r->out, query != NULL ? "{\"ok\":true,\"warnings\":[" : "{\"ok\":false,\"error\":");
    if (query == NULL)
        put_place(r->out, &err);
    for (size_t i = 0; query != NULL && lamna_query_warning(query, i, &warning); i++) {
        put(r->out, i == 0 ? "" : ",");
        put_place(r->out, &warning);
    }
    put(r->out, query != NULL ? "]}" : "}");
    lamna_query_free(query);
}

/* Fields whose name begins so: of "tcp.fl", those of tcp alone; of "tc", protocols before fields. */
static void answer_fields(struct request *r)
{
    uint64_t most, given = 0;
    const lamna_registry *reg = r->server->reg;
    const char *prefix = request_text(r, "prefix");
    if (!request_number(r, "count", FIELDS_MOST, 30, &most))
        return;
    prefix = prefix != NULL ? prefix : "";
    size_t n = strlen(prefix);
    put(r->out, "{\"fields\":[");
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 1; i < lamna_field_count(reg) && given < most; i++) {
            const lamna_field *f = lamna_field_at(reg, i);
            if ((f->type == LAMNA_PROTOCOL) != (pass == 0) ||
                strncasecmp(f->name, prefix, n) != 0 || lamna_field_find(reg, f->name) != f)
                continue;
            put(r->out, given++ == 0 ? "{\"name\":" : ",{\"name\":");
            put_text(r->out, f->name);
            put_pair_text(r->out, "type", lamna_type_name(f->type));
            put_pair_text(r->out, "label", f->label);
            put(r->out, "}");
        }
    }
    put(r->out, "]}");
}

/* ---- The table ------------------------------------------------------------------------------------------- */

static void answer_questions(struct request *r);

static const struct {
    const char *path;
    void (*answer)(struct request *r);
    bool changes; /* asked with POST */
    size_t body;  /* bytes that may come with it */
} questions[] = {
    {"/api/", answer_questions, false},
    {"/api/captures", answer_captures, false},
    {"/api/packets", answer_packets, false},
    {"/api/row", answer_row, false},
    {"/api/packet", answer_packet, false},
    {"/api/filter", answer_filter, false},
    {"/api/fields", answer_fields, false},
    {"/api/colours", answer_colours, false},
    {"/api/follow", answer_follow, false},
    {"/api/explain", answer_explain, false},
    {"/api/stats", answer_stats, false},
    {"/api/findings", answer_findings, false},
    {"/api/interfaces", answer_interfaces, false},
    {"/api/values", answer_values, false},
    {"/api/remarks", answer_remarks, false},
    {"/api/colours/import", answer_colours_import, true, COLOURS_BODY_MOST},
    {"/api/colours/usual", answer_colours_usual, true},
    {"/api/remark", answer_remark, true},
    {"/api/save", answer_save, false},
    {"/api/live/start", answer_start, true},
    {"/api/live/stop", answer_stop, true},
    {"/api/greeting", answer_greeting, true},
};

enum { QUESTIONS = sizeof questions / sizeof questions[0] };

static void answer_questions(struct request *r)
{
    put(r->out, "{\"paths\":[");
    for (size_t i = 0; i < QUESTIONS; i++) {
        put(r->out, i == 0 ? "" : ",");
        put_text(r->out, questions[i].path);
    }
    put(r->out, "]}");
}

size_t api_body_most(const char *path)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (strcmp(questions[i].path, path) == 0)
            return questions[i].body;
    }
    return 0;
}

void api_answer(struct request *r, const char *method, const char *path)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (strcmp(questions[i].path, path) != 0)
            continue;
        if (questions[i].changes == (strcmp(method, "POST") == 0))
            questions[i].answer(r);
        else
            answer_message(r, MHD_HTTP_METHOD_NOT_ALLOWED,
                           questions[i].changes ? "POST, please" : "GET, please");
        return;
    }
    answer_message(r, MHD_HTTP_NOT_FOUND,
                   "there is no such question; /api/ lists those that there are");
}
