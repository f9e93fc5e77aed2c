/* What protocols over IP, UDP and TCP say of trouble, as packets pass. */
#include <stdlib.h>
#include <string.h>

#include "dissect/checksum.h"
#include "report/findings.h"

enum {
    DNS_ID,
    DNS_RESPONSE,
    DNS_RCODE,
    DNS_TIME,
    DNS_RETRANSMISSION,
    HTTP_REQUEST,
    HTTP_CODE,
    HTTP_VERSION,
    HTTP_CONNECTION,
    HTTP_LINE,
    ICMP_TYPE,
    ICMP_CODE,
    ICMPV6_TYPE,
    IP_FRAGMENTS,
    IP_MORE,
    IP_OFFSET,
    IP_STATUS,
    IP_SUM,
    TCP_STATUS,
    TCP_SUM,
    UDP_STATUS,
    UDP_SUM,
    FIELDS
};

const char *const findings_fields[] = {[DNS_ID] = "dns.id",
                                       [DNS_RESPONSE] = "dns.flags.response",
                                       [DNS_RCODE] = "dns.flags.rcode",
                                       [DNS_TIME] = "dns.time",
                                       [DNS_RETRANSMISSION] = "dns.retransmission",
                                       [HTTP_REQUEST] = "http.request",
                                       [HTTP_CODE] = "http.response.code",
                                       [HTTP_VERSION] = "http.response.version",
                                       [HTTP_CONNECTION] = "http.connection",
                                       [HTTP_LINE] = "http.response.line",
                                       [ICMP_TYPE] = "icmp.type",
                                       [ICMP_CODE] = "icmp.code",
                                       [ICMPV6_TYPE] = "icmpv6.type",
                                       [IP_FRAGMENTS] = "ip.fragment.count",
                                       [IP_MORE] = "ip.flags.mf",
                                       [IP_OFFSET] = "ip.frag_offset",
                                       [IP_STATUS] = "ip.checksum.status",
                                       [IP_SUM] = "ip.checksum",
                                       [TCP_STATUS] = "tcp.checksum.status",
                                       [TCP_SUM] = "tcp.checksum",
                                       [UDP_STATUS] = "udp.checksum.status",
                                       [UDP_SUM] = "udp.checksum",
                                       [FIELDS] = NULL};
_Static_assert((int)FIELDS <= (int)REPORT_FIELDS, "a report has room for its fields");

/* The packet's items by field: the first of each, or NULL. */
struct message {
    lamna_report *r;
    struct findings_state *s;
    const struct packet *p;
    const lamna_item *items[FIELDS];
};

static bool has(const struct message *m, unsigned field)
{
    return m->items[field] != NULL;
}

static uint64_t value(const struct message *m, unsigned field, uint64_t absent)
{
    return m->items[field] == NULL ? absent : m->items[field]->value.u;
}

/* ---- DNS --------------------------------------------------------------------------------------- */

static struct question *question_of(struct findings_state *s, uint32_t stream, uint16_t id)
{
    return &s->questions[(stream * 2654435761u ^ id) % QUESTIONS];
}

static void watch_question(const struct message *m)
{
    enum { IP_UDP = 17, DNS_PORT = 53 };
    const struct packet *p = m->p;
    uint32_t stream = p->facts.stream;
    uint16_t id = (uint16_t)value(m, DNS_ID, 0);
    struct question *q = question_of(m->s, stream, id);
    bool same = q->open && q->stream == stream && q->id == id;
    if (!p->in_flow || p->segment.quoted || p->segment.protocol != IP_UDP)
        return;
    if (value(m, DNS_RESPONSE, 0) != 0) {
        q->open = q->open && !same;
        return;
    }
    if (p->segment.dst_port != DNS_PORT || same)
        return;
    if (q->open && p->in->time_ns - q->time >= UNANSWERED_DNS_MS * ms_ns)
        evidence_add(&m->s->matters[DNS_UNANSWERED], q->packet, 0, 0);
    *q = (struct question){stream, id, true, p->in->time_ns, p->in->number};
}

static void watch_dns(const struct message *m)
{
    if (!has(m, DNS_ID))
        return;
    watch_question(m);
    if (value(m, DNS_RESPONSE, 0) != 0 && value(m, DNS_RCODE, 0) != 0)
        matter_note(m->s, m->p, DNS_FAILED, 0);
    const lamna_item *time = m->items[DNS_TIME];
    if (time != NULL && time->value.i >= SLOW_DNS_MS * ms_ns)
        matter_note(m->s, m->p, DNS_SLOW, time->value.i);
    if (has(m, DNS_RETRANSMISSION))
        matter_note(m->s, m->p, DNS_AGAIN, 0);
}

/* ---- HTTP -------------------------------------------------------------------------------------- */

static bool item_begins(const lamna_item *item, const char *text)
{
    size_t n = strlen(text);
    return item->value_length >= n && strncasecmp((const char *)item->value.p, text, n) == 0;
}

/* "Keep-Alive: timeout=5, max=100" (RFC 2068, section 19.7.1.1). */
static void watch_promise(struct watched *w, const lamna_item *line)
{
    static const char name[] = "timeout=";
    char text[80];
    if (!item_begins(line, "Keep-Alive:"))
        return;
    size_t n = line->value_length < sizeof text ? line->value_length : sizeof text - 1;
    memcpy(text, line->value.p, n);
    text[n] = '\0';
    const char *at = strstr(text, name);
    unsigned long seconds = at != NULL ? strtoul(at + sizeof name - 1, NULL, 10) : 0;
    w->promised_s = (uint16_t)(seconds < UINT16_MAX ? seconds : UINT16_MAX);
}

/* Every item, for a packet may hold several pipelined messages. */
static void count_messages(const struct message *m, struct watched *w)
{
    const uint32_t *fields = m->r->fields;
    for (uint32_t i = 0; i < m->p->count; i++) {
        const lamna_item *item = &m->p->items[i];
        if (item->field == fields[HTTP_REQUEST] && item->value.u != 0) {
            count_up(&w->requests);
            w->last_request = m->p->in->number;
        } else if (item->field == fields[HTTP_CODE] && item->value.u >= 200) {
            count_up(&w->responses);
        } else if (item->field == fields[HTTP_LINE]) {
            watch_promise(w, item);
        }
    }
}

static void watch_http(const struct message *m)
{
    struct findings_state *s = m->s;
    uint64_t code = value(m, HTTP_CODE, 0);
    if ((!has(m, HTTP_REQUEST) && code == 0) || !is_tcp(m->p) || m->p->facts.stream >= s->count)
        return;
    struct watched *w = &s->watched[m->p->facts.stream];
    count_messages(m, w);
    const lamna_item *connection = m->items[HTTP_CONNECTION], *version = m->items[HTTP_VERSION];
    if (connection != NULL)
        w->will_close |= item_begins(connection, "close");
    else if (version != NULL && item_begins(version, "HTTP/1.0"))
        w->will_close = true;
    if (code >= 400 && code < 600)
        matter_note(s, m->p, code < 500 ? HTTP_CLIENT_ERROR : HTTP_SERVER_ERROR, 0);
}

/* ---- ICMP and IP ------------------------------------------------------------------------------- */

static void watch_icmp(const struct message *m)
{
    enum { UNREACHABLE_V4 = 3, FRAGMENTATION_NEEDED = 4, EXCEEDED_V4 = 11 };
    enum { UNREACHABLE_V6 = 1, TOO_BIG_V6 = 2, EXCEEDED_V6 = 3 };
    uint64_t v4 = value(m, ICMP_TYPE, 0), v6 = value(m, ICMPV6_TYPE, 0);
    bool needed = value(m, ICMP_CODE, 0) == FRAGMENTATION_NEEDED;
    if ((v4 == UNREACHABLE_V4 && needed) || v6 == TOO_BIG_V6)
        matter_note(m->s, m->p, TOO_BIG, 0);
    else if (v4 == UNREACHABLE_V4 || v6 == UNREACHABLE_V6)
        matter_note(m->s, m->p, UNREACHABLE, 0);
    if (v4 == EXCEEDED_V4 || v6 == EXCEEDED_V6)
        matter_note(m->s, m->p, EXPIRED, 0);
}

/* Every datagram that begins must end. */
static void watch_fragments(const struct message *m)
{
    struct findings_state *s = m->s;
    if (value(m, IP_MORE, 0) != 0 && value(m, IP_OFFSET, 1) == 0) {
        s->fragments_open++;
        if (s->fragments_open == 1)
            s->fragment_packet = m->p->in->number;
    }
    if (!has(m, IP_FRAGMENTS))
        return;
    matter_note(s, m->p, FRAGMENTS, 0);
    s->fragments_open -= s->fragments_open > 0;
}

/* A sum that is the pseudo-header's alone was left to the network card: no error. */
static bool is_offload(const struct message *m, unsigned sum)
{
    const struct packet *p = m->p;
    enum { UDP_HEADER = 8 };
    const uint8_t *at = p->in->data + m->items[sum]->offset;
    uint32_t length = p->segment.length + UDP_HEADER;
    if (sum == TCP_SUM) /* the data offset stands four bytes before the sum */
        length = p->segment.length + 4u * (at[-4] >> 4);
    uint16_t pseudo = checksum_fold(checksum_pseudo_header(p, p->segment.protocol, length));
    return (pseudo ^ m->items[sum]->value.u) == 0xffff;
}

static bool is_judged(const struct message *m, unsigned status)
{
    uint64_t v = value(m, status, CHECKSUM_UNVERIFIED);
    return v == CHECKSUM_GOOD || v == CHECKSUM_BAD;
}

/* IPv4's own sum is left to the card as 0. */
static void watch_checksums(const struct message *m)
{
    m->s->summed += is_judged(m, TCP_STATUS) || is_judged(m, UDP_STATUS) || is_judged(m, IP_STATUS);
    bool tcp = value(m, TCP_STATUS, CHECKSUM_GOOD) == CHECKSUM_BAD && has(m, TCP_SUM) &&
               m->items[TCP_SUM]->source == 0 && !is_offload(m, TCP_SUM);
    bool udp = value(m, UDP_STATUS, CHECKSUM_GOOD) == CHECKSUM_BAD && has(m, UDP_SUM) &&
               m->items[UDP_SUM]->source == 0 && !is_offload(m, UDP_SUM);
    bool ip = value(m, IP_STATUS, CHECKSUM_GOOD) == CHECKSUM_BAD && value(m, IP_SUM, 0) != 0;
    if ((tcp || udp || ip) && !m->p->segment.quoted)
        matter_note(m->s, m->p, CHECKSUM, 0);
}

void watch_messages(lamna_report *r, const struct packet *p)
{
    struct message m = {.r = r, .s = r->state, .p = p};
    for (uint32_t i = 0; i < p->count; i++) {
        for (unsigned k = 0; k < FIELDS; k++) {
            if (p->items[i].field == r->fields[k] && m.items[k] == NULL)
                m.items[k] = &p->items[i];
        }
    }
    watch_dns(&m);
    watch_http(&m);
    watch_icmp(&m);
    watch_fragments(&m);
    watch_checksums(&m);
}
