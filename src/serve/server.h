/* The server's inside: what all its parts share. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <pthread.h>

#include "serve/mhd.h"
#include "serve/serve.h"

enum { TOKEN_LENGTH = 32 };

struct captures;
struct details;
struct indexes;
struct jobs;
struct palette;
struct remarks;
struct views;

struct server {
    const struct web_options *options;
    lamna_registry *reg;
    unsigned port;
    char token[TOKEN_LENGTH + 1];
    char cookie[32];         /* its name: cookies of one host are shared by all ports */
    struct jobs *jobs;       /* runs that are under way */
    struct views *views;     /* packet lists */
    struct details *details; /* dissected packets */
    struct indexes *indexes;
    struct captures *captures;
    struct remarks *remarks; /* on packets */
    struct palette *palette; /* colours of rows */
};

/* One request, on the thread of its connection. */
struct request {
    struct server *server;
    struct MHD_Connection *connection;
    lamna_text *out;  /* the answer: JSON */
    unsigned status;  /* of HTTP */
    int file;         /* the answer instead, if it is a capture; or -1 */
    const char *body; /* what came with it; NULL: nothing */
};

/* ---- What a request asks (request.c) ------------------------------------------------------------- */

/* An argument of the address, or NULL. */
const char *request_text(const struct request *r, const char *name);
/* An argument that is a number of at most `most`; `otherwise` if it is not there. False, and the answer is made,
 * if it is no such number. */
bool request_number(struct request *r, const char *name, uint64_t most, uint64_t otherwise,
                    uint64_t *value);
/* The path of the capture that the argument `capture` names by its number (0 if it is not there), or NULL, and the
 * answer is made. */
const char *request_capture(struct request *r);
/* Does the argument `lang` say that the reader wants Chinese? */
bool request_chinese(const struct request *r);
/* What gives the reader's language, as lamna_report_options.translate; NULL for English. */
const char *(*request_translate(const struct request *r))(const char *english);

/* ---- Answers that say what is wrong (request.c) ----------------------------------------------------------- */

void answer_error(struct request *r, const lamna_error *err);
void answer_message(struct request *r, unsigned status, const char *message);

/* ---- Parts of JSON (request.c) -------------------------------------------------------------------- */

/* As it is: names and punctuation. */
void put(lamna_text *out, const char *s);
/* A string; null if it is NULL. */
void put_text(lamna_text *out, const char *s);
void put_number(lamna_text *out, uint64_t v);
/* `,"name":` and then the value. */
void put_pair_number(lamna_text *out, const char *name, uint64_t v);
void put_pair_text(lamna_text *out, const char *name, const char *s);
void put_hex(lamna_text *out, const uint8_t *data, size_t length);

/* ---- Queries (request.c) ------------------------------------------------------------------------------ */

/* A query with what the options say, and this filter; NULL: none. NULL on error. */
lamna_query *query_new(const struct server *server, const char *filter, lamna_error *err);

/* ---- Errors -------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) lamna_status fail(lamna_error *err, lamna_status status,
                                                        const char *fmt, ...);

/* ---- Questions (api.c) ------------------------------------------------------------------------------------ */

/* Answers a request for a path that begins with /api/. */
void api_answer(struct request *r, const char *method, const char *path);
/* How many bytes may come with a request for that path. */
size_t api_body_most(const char *path);

void answer_packets(struct request *r);
void answer_row(struct request *r);
void answer_packet(struct request *r);
void answer_follow(struct request *r);
void answer_explain(struct request *r);
void answer_stats(struct request *r);
void answer_findings(struct request *r);
void answer_interfaces(struct request *r);
void answer_start(struct request *r);
void answer_stop(struct request *r);
void answer_greeting(struct request *r);
void answer_colours(struct request *r);
void answer_colours_import(struct request *r);
void answer_colours_usual(struct request *r);
void answer_remarks(struct request *r);
void answer_values(struct request *r);
void answer_remark(struct request *r);
void answer_save(struct request *r);

/* Starts a capture, which is served under *number. The filter may be NULL. (live.c) */
lamna_status live_start(const struct server *server, const char *interface, const char *filter,
                        size_t *number, lamna_error *err);

#endif
