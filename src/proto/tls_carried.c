/* What tls carries: the application data of its records, once they are opened, is a stream like that of
 * TCP. It is dissected behind the whole of tls, as it stands in a tree. */
#include "dissect/fragment.h"
#include "proto/tls.h"

enum { PORT_TABLE = 1, ALPN_TABLE = 2 };

/* What is known to be carried, by the lower port of the connection. */
static const struct {
    uint16_t port;
    const char *name;
} carried[] = {{443, "Hypertext Transfer Protocol"},
               {465, "Simple Mail Transfer Protocol"},
               {21, "File Transfer Protocol (FTP)"},
               {25, "Simple Mail Transfer Protocol"},
               {587, "Simple Mail Transfer Protocol"},
               {993, "Internet Message Access Protocol"},
               {143, "Internet Message Access Protocol"},
               {995, "Post Office Protocol"},
               {110, "Post Office Protocol"},
               {636, "Lightweight Directory Access Protocol"},
               {389, "Lightweight Directory Access Protocol"},
               {853, "Domain Name System"},
               {2221, "EtherNet/IP (Industrial Protocol)"},
               {3306, "MySQL Protocol"},
               {5432, "PostgreSQL"},
               {5061, "Session Initiation Protocol"},
               {5222, "XMPP Protocol"},
               {5671, "Advanced Message Queuing Protocol"},
               {5868, "Diameter Protocol"},
               {8883, "MQ Telemetry Transport Protocol"}};

const char *tls_carried_name(const struct tls *t)
{
    const char *chosen = t->state->protocol;
    if (strcmp(chosen, "h2") == 0)
        return "HyperText Transfer Protocol 2";
    if (strncmp(chosen, "http/", 5) == 0)
        return "Hypertext Transfer Protocol";
    for (size_t i = 0; i < sizeof carried / sizeof carried[0]; i++) {
        if (t->p->src_port == carried[i].port || t->p->dst_port == carried[i].port)
            return carried[i].name;
    }
    return NULL;
}

void tls_carried_note(struct tls *t, const struct cursor *c)
{
    struct tls_carried *one = arena_alloc(t->p->arena, sizeof *one);
    int64_t offset = tls_carried_offset(t, cursor_captured(c));
    if (one == NULL)
        return;
    *one = (struct tls_carried){NULL, *c, offset};
    *t->carried_end = one;
    t->carried_end = &one->next;
}

/* ---- How the stream is shown ----------------------------------------------------------------- */

/* All that the record has from here on is shown, be it for this message or for the next. */
static void put_segment_data(struct packet *p, struct cursor *c, uint32_t n)
{
    const struct data_source *source = c->source > 0 ? &p->sources[c->source - 1] : NULL;
    if (source != NULL && source->data == c->data)
        n = source->length - c->pos;
    put_data(p, c, SEGMENT_DATA, c->pos, n, c->data + c->pos, n);
    label(p, SEGMENT_DATA, "TLS segment data (%u byte%s)", n, n == 1 ? "" : "s");
}

/* Where something whole came before in the same record, Wireshark does not say where the rest is. */
static void show_waiting(struct packet *p, struct cursor *c, uint32_t n)
{
    uint64_t in;
    if (c->pos == 0 && told(p, p->in->number, REASSEMBLED_IN, &in))
        put_uint(p, c, REASSEMBLED_IN, c->pos, 0, in);
    put_segment_data(p, c, n);
    info_add(p, "%s[TLS segment of a reassembled PDU]", p->info.length > 0 ? ", " : "");
}

static void show_reassembled(struct packet *p, const struct cursor *whole,
                             const struct stream_piece *piece)
{
    static const struct fragment_fields fields = {.fragments = SEGMENTS,
                                                  .fragment = SEGMENT,
                                                  .count = SEGMENT_COUNT,
                                                  .length = REASSEMBLED_LENGTH,
                                                  .data = REASSEMBLED_DATA,
                                                  .reassembled_in = REASSEMBLED_IN,
                                                  .name = "Reassembled TLS segments"};
    fragments_put(p, whole, &fields, piece);
}

static void show_pdu(struct packet *p, const struct cursor *c, uint32_t n)
{
    put_uint(p, c, PDU_SIZE, c->pos, n, n);
}

/* ---- Its dissection -------------------------------------------------------------------------- */

static void dissect_one(struct tls *t, const struct tls_carried *one, struct stream_ways *ways)
{
    struct packet *p = t->p;
    struct flow_facts saved = channel_enter(p, TLS_APPLICATION_STREAM, one->offset);
    const char *chosen = t->state->protocol;
    if (chosen[0] != '\0' && one->offset == 0)
        flow_becomes(p, ALPN_TABLE, text_key(chosen, strlen(chosen)));
    struct cursor c = one->c;
    next_stream(p, &c, ways);
    if (p->info.length == 0)
        info_set(p, "Application Data");
    channel_leave(p, saved);
}

void tls_carried_dissect(struct tls *t, const struct cursor *own)
{
    struct packet *p = t->p;
    bool up = p->src_port < p->dst_port;
    struct stream_ways ways = {.table = PORT_TABLE,
                               .low = up ? p->src_port : p->dst_port,
                               .high = up ? p->dst_port : p->src_port,
                               .silent = true,
                               .waiting = show_waiting,
                               .completing = put_segment_data,
                               .reassembled = show_reassembled,
                               .pdu = show_pdu};
    if (t->carried != NULL)
        layer_end(p, own);
    for (const struct tls_carried *one = t->carried; one != NULL; one = one->next) {
        ways.fin = t->closing && one->next == NULL;
        dissect_one(t, one, &ways);
    }
}
