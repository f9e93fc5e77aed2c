/* What requests ask for, and how they are answered. */
#include "serve/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/captures.h"

/* ---- Arguments ------------------------------------------------------------------------------------ */

const char *request_text(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool request_number(struct request *r, const char *name, uint64_t most, uint64_t otherwise,
                    uint64_t *value)
{
    char message[128], *end;
    const char *text = request_text(r, name);
    *value = otherwise;
    if (text == NULL)
        return true;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && v <= most) {
        *value = v;
        return true;
    }
    (void)snprintf(message, sizeof message, "%s is a number from 0 to %" PRIu64, name, most);
    answer_message(r, MHD_HTTP_BAD_REQUEST, message);
    return false;
}

const char *request_capture(struct request *r)
{
    uint64_t number;
    struct capture_info info;
    if (!request_number(r, "capture", UINT32_MAX, 0, &number))
        return NULL;
    if (captures_info(r->server->captures, number, &info))
        return info.path;
    answer_message(r, MHD_HTTP_NOT_FOUND, "there is no capture of that number");
    return NULL;
}

bool request_chinese(const struct request *r)
{
    const char *lang = request_text(r, "lang");
    return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

const char *(*request_translate(const struct request *r))(const char *english)
{
    return request_chinese(r) ? r->server->options->chinese : NULL;
}

/* ---- Queries ---------------------------------------------------------------------------------------- */

static lamna_status set_up(const struct web_options *o, lamna_query *query, const char *filter,
                           lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; i < o->keylog_count && status == LAMNA_OK; i++)
        status = lamna_query_keylog(query, o->keylogs[i], NULL, err);
    if (status == LAMNA_OK && o->resolve != NULL)
        status = lamna_query_resolve(query, o->resolve, err);
    lamna_query_names(query, o->names);
    if (status == LAMNA_OK && filter != NULL)
        status = lamna_query_filter(query, filter, err);
    return status;
}

lamna_query *query_new(const struct server *server, const char *filter, lamna_error *err)
{
    lamna_query *query = lamna_query_new(server->reg, err);
    if (query == NULL || set_up(server->options, query, filter, err) == LAMNA_OK)
        return query;
    lamna_query_free(query);
    return NULL;
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

void put(lamna_text *out, const char *s)
{
    lamna_text_add(out, s, strlen(s));
}

void put_text(lamna_text *out, const char *s)
{
    if (s == NULL)
        put(out, "null");
    else
        lamna_text_add_json(out, s, strlen(s));
}

void put_number(lamna_text *out, uint64_t v)
{
    lamna_text_add_number(out, v);
}

static void put_name(lamna_text *out, const char *name)
{
    put(out, ",\"");
    put(out, name);
    put(out, "\":");
}

void put_pair_number(lamna_text *out, const char *name, uint64_t v)
{
    put_name(out, name);
    put_number(out, v);
}

void put_pair_text(lamna_text *out, const char *name, const char *s)
{
    put_name(out, name);
    put_text(out, s);
}

void put_hex(lamna_text *out, const uint8_t *data, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char piece[512];
    size_t n = 0;
    put(out, "\"");
    for (size_t i = 0; i < length; i++) {
        piece[n++] = digits[data[i] >> 4];
        piece[n++] = digits[data[i] & 15];
        if (n == sizeof piece || i + 1 == length) {
            lamna_text_add(out, piece, n);
            n = 0;
        }
    }
    put(out, "\"");
}

/* ---- Errors ----------------------------------------------------------------------------------------- */

lamna_status fail(lamna_error *err, lamna_status status, const char *fmt, ...)
{
    va_list args;
    if (err == NULL)
        return status;
    *err = (lamna_error){.status = status};
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return status;
}

/* What the page is told of our own kinds of error, and what HTTP calls them. */
static const struct {
    lamna_status status;
    unsigned http;
    const char *code;
} kinds[] = {
    {LAMNA_ERR_MEMORY, MHD_HTTP_SERVICE_UNAVAILABLE, "memory"},
    {LAMNA_ERR_IO, MHD_HTTP_INTERNAL_SERVER_ERROR, "io"},
    {LAMNA_ERR_FORMAT, MHD_HTTP_UNPROCESSABLE_CONTENT, "format"},
    {LAMNA_ERR_TRUNCATED, MHD_HTTP_UNPROCESSABLE_CONTENT, "truncated"},
    {LAMNA_ERR_PERMISSION, MHD_HTTP_FORBIDDEN, "permission"},
    {LAMNA_ERR_FILTER, MHD_HTTP_BAD_REQUEST, "filter"},
    {LAMNA_ERR_LIMIT, MHD_HTTP_UNPROCESSABLE_CONTENT, "limit"},
    {LAMNA_ERR_ARGUMENT, MHD_HTTP_BAD_REQUEST, "argument"},
    {LAMNA_ERR_UNSUPPORTED, MHD_HTTP_NOT_IMPLEMENTED, "unsupported"},
    {LAMNA_STOPPED, MHD_HTTP_SERVICE_UNAVAILABLE, "stopped"},
};

void answer_error(struct request *r, const lamna_error *err)
{
    unsigned http = MHD_HTTP_INTERNAL_SERVER_ERROR;
    const char *code = "error";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].status == err->status) {
            http = kinds[i].http;
            code = kinds[i].code;
        }
    }
    lamna_text_clear(r->out);
    put(r->out, "{\"error\":{\"code\":");
    put_text(r->out, code);
    put_pair_text(r->out, "message", err->message);
    put_pair_text(r->out, "hint", err->hint);
    if (err->status == LAMNA_ERR_FILTER) {
        put_pair_number(r->out, "begin", err->begin);
        put_pair_number(r->out, "end", err->end);
    }
    put(r->out, "}}");
    r->status = http;
}

void answer_message(struct request *r, unsigned status, const char *message)
{
    lamna_text_clear(r->out);
    put(r->out, "{\"error\":{\"code\":");
    put_text(r->out, status == MHD_HTTP_NOT_FOUND ? "missing"
                     : status < 500               ? "argument"
                                                  : "error");
    put_pair_text(r->out, "message", message);
    put_pair_text(r->out, "hint", "");
    put(r->out, "}}");
    r->status = status;
}
