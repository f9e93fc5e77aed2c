/* Live captures from the page: interfaces, start and stop. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "serve/captures.h"
#include "serve/view.h"

/* What an interface has carried since the system knows it; false: it does not say. On the loopback interface each packet
 * is counted when it is sent and when it comes. */
static bool carried(const lamna_device *device, uint64_t *packets, uint64_t *bytes)
{
    char line[512], name[64];
    uint64_t in_bytes, in_packets, out_bytes, out_packets;
    bool found = false;
    FILE *file = fopen("/proc/net/dev", "re");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        found = sscanf(line,
                       " %63[^: ]: %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %*u %*u %" SCNu64
                       " %" SCNu64,
                       name, &in_bytes, &in_packets, &out_bytes, &out_packets) == 5 &&
                strcmp(name, device->name) == 0;
    }
    if (file != NULL)
        (void)fclose(file);
    if (!found)
        return false;
    *packets = in_packets + (device->loopback ? 0 : out_packets);
    *bytes = in_bytes + (device->loopback ? 0 : out_bytes);
    return true;
}

static void put_device(lamna_text *out, const lamna_device *device)
{
    uint64_t packets, bytes;
    put(out, "{\"name\":");
    put_text(out, device->name);
    put_pair_text(out, "description", device->description);
    put_pair_text(out, "addresses", device->addresses);
    put(out, device->up ? ",\"up\":true" : ",\"up\":false");
    put(out, device->running ? ",\"running\":true" : ",\"running\":false");
    put(out, device->loopback ? ",\"loopback\":true" : ",\"loopback\":false");
    if (carried(device, &packets, &bytes)) {
        put_pair_number(out, "packets", packets);
        put_pair_number(out, "bytes", bytes);
    }
    put(out, "}");
}

void answer_interfaces(struct request *r)
{
    lamna_error err;
    size_t count;
    lamna_device *devices = lamna_devices(&count, &err);
    if (devices == NULL) {
        answer_error(r, &err);
        return;
    }
    put(r->out, "{\"interfaces\":[");
    for (size_t i = 0; i < count; i++) {
        put(r->out, i == 0 ? "" : ",");
        put_device(r->out, &devices[i]);
    }
    put(r->out, "]}");
    lamna_devices_free(devices, count);
}

static void put_number_of(lamna_text *out, size_t number)
{
    put(out, "{\"capture\":");
    put_number(out, number);
    put(out, "}");
}

static bool meets_us(const char *interface)
{
    return strcmp(interface, "lo") == 0 || strcmp(interface, "any") == 0;
}

/* Without what the page and the server say to each other: each look at the list would make it longer. */
static const char *without_us(const struct server *server, const char *filter, lamna_text *text)
{
    put(text, filter != NULL ? "(" : "");
    put(text, filter != NULL ? filter : "");
    put(text, filter != NULL ? ") and not tcp port " : "not tcp port ");
    put_number(text, server->port);
    return lamna_text_data(text, NULL);
}

lamna_status live_start(const struct server *server, const char *interface, const char *filter,
                        size_t *number, lamna_error *err)
{
    char name[80];
    lamna_text *text = lamna_text_new();
    if (text == NULL)
        return fail(err, LAMNA_ERR_MEMORY, "out of memory");
    if (filter != NULL && filter[0] == '\0')
        filter = NULL;
    (void)snprintf(name, sizeof name, "%s%s%s", interface, filter != NULL ? ": " : "",
                   filter != NULL ? filter : "");
    lamna_live_options options = {.interface = interface, .capture_filter = filter};
    if (meets_us(interface))
        options.capture_filter = without_us(server, filter, text);
    lamna_status status = captures_start(server->captures, name, &options, number, err);
    lamna_text_free(text);
    return status;
}

void answer_start(struct request *r)
{
    size_t number = 0;
    lamna_error err = {0};
    const char *interface = request_text(r, "interface");
    if (interface == NULL)
        answer_message(r, MHD_HTTP_BAD_REQUEST, "interface says where to capture");
    else if (live_start(r->server, interface, request_text(r, "capture_filter"), &number, &err) !=
             LAMNA_OK)
        answer_error(r, &err);
    else
        put_number_of(r->out, number);
}

/* A port for the greeting server: its usual one, unless that is taken. */
static unsigned free_port(void)
{
    enum { USUAL = 12345 };
    unsigned found = 0;
    for (unsigned port = USUAL; found == 0 && port != USUAL - 1;
         port = port == USUAL ? 0 : USUAL - 1) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        socklen_t size = sizeof here;
        int one = 1, sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        (void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (sock >= 0 && bind(sock, (struct sockaddr *)&here, sizeof here) == 0 &&
            listen(sock, 1) == 0 && getsockname(sock, (struct sockaddr *)&here, &size) == 0)
            found = ntohs(here.sin_port);
        if (sock >= 0)
            (void)close(sock);
    }
    return found;
}

/* Captures the greeting server and its client, from before the first packet until after the last. */
void answer_greeting(struct request *r)
{
    enum { AFTER_MS = 300 }; /* the last acknowledgement is on its way when the client ends */
    char filter[32];
    size_t number = 0;
    lamna_error err = {0};
    struct capture_info info;
    unsigned port = free_port();
    (void)snprintf(filter, sizeof filter, "tcp port %u", port);
    if (live_start(r->server, "lo", filter, &number, &err) != LAMNA_OK) {
        answer_error(r, &err);
        return;
    }
    bool met = r->server->options->greet(port);
    (void)nanosleep(&(struct timespec){.tv_nsec = AFTER_MS * 1000000}, NULL);
    (void)captures_end(r->server->captures, number, &err);
    if (captures_info(r->server->captures, number, &info))
        views_forget(r->server->views, info.path);
    if (met)
        put_number_of(r->out, number);
    else
        answer_message(r, MHD_HTTP_INTERNAL_SERVER_ERROR,
                       "the greeting server and its client did not meet");
}

void answer_stop(struct request *r)
{
    uint64_t number;
    lamna_error err = {0};
    struct capture_info info;
    if (!request_number(r, "capture", UINT32_MAX, 0, &number))
        return;
    if (captures_end(r->server->captures, number, &err) != LAMNA_OK) {
        answer_error(r, &err);
        return;
    }
    if (captures_info(r->server->captures, number, &info))
        views_forget(r->server->views, info.path);
    put_number_of(r->out, number);
}
