/* The server: who may ask, and how answers go out. */
#include "serve/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/assets.h"
#include "serve/captures.h"
#include "serve/colours.h"
#include "serve/detail.h"
#include "serve/indexes.h"
#include "serve/jobs.h"
#include "serve/remarks.h"
#include "serve/view.h"

enum {
    CONNECTIONS = 64,
    IDLE_SECONDS = 15,       /* of a connection, also of one that reads too slowly */
    HEADERS_MOST = 32 << 10, /* bytes of a request without its body */
    STACK = 1 << 20,
};

bool serve_has_page(void)
{
    return assets[0].path != NULL;
}

/* ---- Answers --------------------------------------------------------------------------------------------- */

/* Nothing but our own files may be loaded, by nobody but our own page, which is in no frame. */
static const char *const headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src "
     "'self' data: blob:; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for "
     "'script'; trusted-types svelte-trusted-html"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status,
                                     const char *type, struct MHD_Response *response)
{
    if (response == NULL)
        return MHD_NO;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    (void)MHD_add_response_header(response, "Content-Type", type);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* A line for whoever asked without the page. */
static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
    if (response != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, POST");
    return send_response(connection, status, "text/plain; charset=utf-8", response);
}

/* A capture, to be saved. The file is closed when it has gone out. */
static enum MHD_Result send_file(struct MHD_Connection *connection, int file)
{
    struct stat about;
    struct MHD_Response *response =
        fstat(file, &about) == 0 ? MHD_create_response_from_fd64((uint64_t)about.st_size, file)
                                 : NULL;
    if (response == NULL)
        (void)close(file);
    else
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, "attachment");
    return send_response(connection, MHD_HTTP_OK, "application/x-pcapng", response);
}

static enum MHD_Result send_api(struct server *server, struct MHD_Connection *connection,
                                const char *method, const char *path, const char *body)
{
    struct request r = {server, connection, lamna_text_new(), MHD_HTTP_OK, -1, body};
    if (r.out == NULL)
        return MHD_NO;
    size_t n;
    api_answer(&r, method, path);
    if (r.file >= 0) {
        lamna_text_free(r.out);
        return send_file(connection, r.file);
    }
    const char *text = lamna_text_data(r.out, &n);
    enum MHD_Result sent = MHD_NO;
    if (text == NULL)
        sent = refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
    else
        sent = send_response(
            connection, r.status, "application/json",
            MHD_create_response_from_buffer(n, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY));
    lamna_text_free(r.out);
    return sent;
}

static enum MHD_Result send_asset(const struct server *server, struct MHD_Connection *connection,
                                  const struct asset *asset)
{
    char cookie[160];
    struct MHD_Response *response = MHD_create_response_from_buffer(
        asset->length, (void *)(uintptr_t)asset->data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    (void)snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict",
                   server->cookie, server->token);
    if (strcmp(asset->path, "/") == 0)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
    return send_response(connection, MHD_HTTP_OK, asset->type, response);
}

/* ---- Who may ask ------------------------------------------------------------------------------------------ */

/* In the same time wherever they differ. */
static bool same_token(const char *given, const char *token)
{
    if (given == NULL || strlen(given) != TOKEN_LENGTH)
        return false;
    unsigned differs = 0;
    for (size_t i = 0; i < TOKEN_LENGTH; i++)
        differs |= (unsigned)((unsigned char)given[i] ^ (unsigned char)token[i]);
    return differs == 0;
}

static bool has_token(const struct server *server, struct MHD_Connection *connection)
{
    return same_token(MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, server->cookie),
                      server->token) ||
           same_token(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Lamna-Token"),
                      server->token) ||
           same_token(MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token"),
                      server->token);
}

/* A page elsewhere whose name was made to lead here (DNS rebinding) says its own name. */
static bool is_our_name(const struct server *server, const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    char ours[64];
    for (size_t i = 0; host != NULL && i < sizeof names / sizeof *names; i++) {
        (void)snprintf(ours, sizeof ours, "%s:%u", names[i], server->port);
        if (strcmp(host, ours) == 0)
            return true;
    }
    return false;
}

static bool is_our_origin(const struct server *server, struct MHD_Connection *connection)
{
    static const char scheme[] = "http://";
    const char *origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
    const char *site = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Sec-Fetch-Site");
    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    return origin == NULL || (strncmp(origin, scheme, sizeof scheme - 1) == 0 &&
                              is_our_name(server, origin + sizeof scheme - 1));
}

/* A browser says which page asks for a change; other programs give the token in a header, which no other page can. */
static bool says_who_asks(struct MHD_Connection *connection)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin") != NULL ||
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Lamna-Token") != NULL;
}

static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection,
                              const char *method, const char *path, const char *body)
{
    if (strncmp(path, "/api/", 5) == 0)
        return send_api(server, connection, method, path, body);
    for (const struct asset *a = assets; a->path != NULL; a++) {
        if (strcmp(a->path, path) == 0)
            return send_asset(server, connection, a);
    }
    return refuse(connection, MHD_HTTP_NOT_FOUND, "there is nothing here\n");
}

/* Nothing comes with it, or something that says how long it is, and that may. */
static bool body_fits(struct MHD_Connection *connection, const char *path)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding") != NULL)
        return false;
    return text == NULL || (strlen(text) < 10 && strtoul(text, NULL, 10) <= api_body_most(path));
}

/* Why the request is refused, in a line; NULL: it is not. */
static const char *objection(const struct server *server, struct MHD_Connection *connection,
                             const char *method, const char *path, unsigned *status)
{
    *status = MHD_HTTP_METHOD_NOT_ALLOWED;
    bool changes = strcmp(method, "POST") == 0;
    if (!changes && strcmp(method, "GET") != 0)
        return "only GET and POST\n";
    *status = MHD_HTTP_CONTENT_TOO_LARGE;
    if (!body_fits(connection, path))
        return "so much does not come with a question\n";
    *status = MHD_HTTP_MISDIRECTED_REQUEST;
    if (!is_our_name(server, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host")))
        return "this is not the host that you asked for\n";
    *status = MHD_HTTP_FORBIDDEN;
    if (!is_our_origin(server, connection) || (changes && !says_who_asks(connection)))
        return "another page may not ask\n";
    if (!has_token(server, connection))
        return "the token is missing or wrong: open the address that lamna web printed\n";
    return NULL;
}

/* Called when the headers are there, then for each part of a body, and again when all is. A request is judged by its
 * headers, before anything of a body is read; what *state points to collects it. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *part, size_t *part_length, void **state)
{
    unsigned status;
    size_t length;
    struct server *server = context;
    lamna_text *body = *state;
    (void)version;
    if (body == NULL) {
        *state = lamna_text_new();
        const char *why = objection(server, connection, method, path, &status);
        if (why != NULL)
            return refuse(connection, status, why);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*part_length > 0) {
        lamna_text_add(body, part, *part_length);
        *part_length = 0;
        return MHD_YES;
    }
    return answer(server, connection, method, path, lamna_text_data(body, &length));
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode how)
{
    (void)context, (void)connection, (void)how;
    lamna_text_free(*state);
    *state = NULL;
}

/* ---- Beginning and ending ------------------------------------------------------------------------------------ */

static bool make_token(char *token)
{
    uint8_t random[TOKEN_LENGTH / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(token + 2 * i, 3, "%02x", random[i]);
    return true;
}

static lamna_status make(struct server *server, lamna_error *err)
{
    server->reg = lamna_registry_new(err);
    if (server->reg == NULL)
        return err->status;
    for (size_t i = 0; i < server->options->decode_as_count; i++) {
        if (lamna_registry_decode_as(server->reg, server->options->decode_as[i], err) != LAMNA_OK)
            return err->status;
    }
    server->jobs = jobs_new();
    server->views = views_new();
    server->details = details_new();
    server->indexes = indexes_new(server->options);
    server->captures = captures_new(server->options);
    server->remarks = remarks_new();
    server->palette = palette_new();
    if (server->jobs == NULL || server->views == NULL || server->details == NULL ||
        server->indexes == NULL || server->captures == NULL || server->remarks == NULL ||
        server->palette == NULL)
        return fail(err, LAMNA_ERR_MEMORY, "out of memory");
    return make_token(server->token)
               ? LAMNA_OK
               : fail(err, LAMNA_ERR_IO, "the system gives no random numbers");
}

/* Whatever cannot be read or understood is said now, not in the page. */
static lamna_status try_options(const struct server *server, lamna_error *err)
{
    const struct web_options *options = server->options;
    lamna_query *query = query_new(server, NULL, err);
    if (query == NULL)
        return err->status;
    lamna_query_free(query);
    for (size_t i = 0; i < options->path_count; i++) {
        lamna_source *source = lamna_source_open(options->paths[i], NULL, err);
        if (source == NULL)
            return err->status;
        lamna_source_close(source);
    }
    return LAMNA_OK;
}

static struct MHD_Daemon *start(struct server *server, lamna_error *err)
{
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)server->options->port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon = mhd_start_daemon()(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL,
        NULL, on_request, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&here,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MOST, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)STACK, MHD_OPTION_END);
    int reason = errno;
    const union MHD_DaemonInfo *info =
        daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info != NULL) {
        server->port = info->port;
        (void)snprintf(server->cookie, sizeof server->cookie, "lamna_%u", server->port);
        return daemon;
    }
    (void)fail(err, LAMNA_ERR_IO, "cannot listen on 127.0.0.1 port %u: %s", server->options->port,
               strerror(reason));
    (void)snprintf(err->hint, sizeof err->hint, "--port 0 takes any that is free");
    return NULL;
}

/* Where there is a desktop. The browser is no child of ours: it goes on when we end. */
static void open_browser(const char *address)
{
    if (getenv("DISPLAY") == NULL && getenv("WAYLAND_DISPLAY") == NULL)
        return;
    if (fork() != 0)
        return;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    (void)execlp("xdg-open", "xdg-open", address, (char *)NULL);
    _exit(127);
}

static void wait_for_signal(const struct server *server, const sigset_t *signals)
{
    char address[128];
    int number;
    (void)snprintf(address, sizeof address, "http://127.0.0.1:%u/?token=%s%s", server->port,
                   server->token, server->options->learn ? "#learn" : "");
    (void)printf("%s\n", address);
    (void)fflush(stdout);
    if (server->options->open)
        open_browser(address);
    (void)sigwait(signals, &number);
}

static void end_all(struct server *server)
{
    if (server->captures != NULL)
        captures_stop(server->captures);
    views_free(server->views);
    if (server->indexes != NULL)
        indexes_stop(server->indexes);
    indexes_free(server->indexes);
    details_free(server->details);
    captures_free(server->captures);
    remarks_free(server->remarks);
    palette_free(server->palette);
    jobs_free(server->jobs);
    lamna_registry_free(server->reg);
}

lamna_status serve(const struct web_options *options, lamna_error *err)
{
    size_t number;
    sigset_t signals;
    struct server server = {.options = options};
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* for all threads that come */
    lamna_status status = mhd_load(err);
    if (status == LAMNA_OK)
        status = make(&server, err);
    if (status == LAMNA_OK)
        status = try_options(&server, err);
    struct MHD_Daemon *daemon = status == LAMNA_OK ? start(&server, err) : NULL;
    if (daemon != NULL && options->interface != NULL)
        status = live_start(&server, options->interface, options->capture_filter, &number, err);
    if (daemon != NULL) {
        if (status == LAMNA_OK)
            wait_for_signal(&server, &signals);
        captures_stop(server.captures);
        jobs_stop(server.jobs);
        views_stop(server.views);
        MHD_stop_daemon(daemon);
    }
    end_all(&server);
    return daemon != NULL ? status : err->status;
}
