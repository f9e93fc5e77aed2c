/*
 * A result as Parquet on standard output. DuckDB writes the file, into a pipe: standard output itself it would cut to
 * nothing first, whatever was there. The pipe is the only thing that a query may open (session.c).
 */
#include "sql/copy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

/* Takes what comes out of the pipe to where it shall go. */
struct pump {
    int from;
    FILE *to;
    int error; /* errno of what failed, or 0 */
};

static void *pump_main(void *context)
{
    struct pump *p = context;
    char piece[PIECE];
    ssize_t n;
    while ((n = read(p->from, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0 && fwrite(piece, 1, (size_t)n, p->to) != (size_t)n) {
            p->error = errno;
            break;
        }
    }
    (void)close(p->from); /* so that who writes does not wait for ever */
    return NULL;
}

/* COPY (query) TO '/dev/fd/N' */
static const char *statement(lamna_text *text, const char *query, int pipe)
{
    size_t length = strlen(query);
    char end[128];
    while (length > 0 && strchr("; \t\r\n", query[length - 1]) != NULL)
        length--;
    int n = snprintf(end, sizeof end,
                     "\n) TO '/dev/fd/%d' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
                     pipe);
    lamna_text_add(text, "COPY (", 6);
    lamna_text_add(text, query, length);
    lamna_text_add(text, end, (size_t)n);
    return lamna_text_data(text, &length);
}

lamna_status copy_parquet(struct sql_session *s, const char *query, FILE *out)
{
    struct pump pump = {.from = s->copies[0], .to = out};
    pthread_t thread;
    duck_result result = {0};
    lamna_text *text = lamna_text_new();
    const char *copy = text != NULL ? statement(text, query, s->copies[1]) : NULL;
    if (copy == NULL || pthread_create(&thread, NULL, pump_main, &pump) != 0) {
        lamna_text_free(text);
        return session_failed(s, NULL, LAMNA_ERR_MEMORY);
    }
    bool done = s->duck.query(s->connection, copy, &result) == DUCK_OK;
    (void)close(s->copies[1]);
    (void)pthread_join(thread, NULL);
    s->copies[0] = s->copies[1] = -1;
    lamna_status status = LAMNA_OK;
    if (pump.error == 0 && fflush(out) != 0)
        pump.error = errno;
    if (pump.error != 0)
        status =
            pump.error == EPIPE ? LAMNA_END : session_failed(s, strerror(pump.error), LAMNA_ERR_IO);
    else if (!done)
        status =
            session_failed(s, s->duck.result_error(&result),
                           session_is_wrong(&s->duck, &result) ? LAMNA_ERR_FILTER : LAMNA_ERR_IO);
    s->duck.destroy_result(&result);
    lamna_text_free(text);
    return status;
}
