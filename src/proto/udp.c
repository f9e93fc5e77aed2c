/* udp: the User Datagram Protocol (RFC 768). */
#include "dissect/checksum.h"
#include "dissect/packet.h"

enum { IP_PROTO_UDP = 17, HEADER = 8, TRACEROUTE_FIRST = 33435, TRACEROUTE_LAST = 33534 };

static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;

#define FIELDS(X)                                                                                  \
    X(SRCPORT, "udp.srcport", "Source Port", UINT16, DEC, 0, NULL)                                 \
    X(DSTPORT, "udp.dstport", "Destination Port", UINT16, DEC, 0, NULL)                            \
    X(TRACEROUTE, "udp.possible_traceroute", "Possible traceroute", NONE, NONE, 0, NULL)           \
    X(PORT, "udp.port", "Source or Destination Port", UINT16, DEC | HIDDEN, 0, NULL)               \
    X(LENGTH, "udp.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(LENGTH_BAD, "udp.length.bad", "Bad length value", NONE, NONE, 0, NULL)                       \
    X(LENGTH_BAD_ZERO, "udp.length.bad_zero", "Length is zero but payload < 65536", NONE, NONE, 0, \
      NULL)                                                                                        \
    X(CHECKSUM, "udp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                  \
    X(CHECKSUM_ZERO, "udp.checksum.zero", "Illegal checksum value (0)", NONE, NONE, 0, NULL)       \
    X(CHECKSUM_BAD_EXPERT, "udp.checksum.bad", "Bad checksum", NONE, NONE, 0, NULL)                \
    X(CHECKSUM_CALCULATED, "udp.checksum_calculated", "Calculated Checksum", UINT16,               \
      HEX | GENERATED, 0, NULL)                                                                    \
    X(CHECKSUM_STATUS, "udp.checksum.status", "Checksum Status", UINT8, GENERATED, 0,              \
      status_names)                                                                                \
    X(STREAM_INDEX, "udp.stream", "Stream index", UINT32, DEC | GENERATED | FLOW, 0, NULL)         \
    X(TIME_RELATIVE, "udp.time_relative", "Time since first frame", RELATIVE_TIME,                 \
      GENERATED | FLOW, 0, NULL)                                                                   \
    X(TIME_DELTA, "udp.time_delta", "Time since previous frame", RELATIVE_TIME, GENERATED | FLOW,  \
      0, NULL)                                                                                     \
    X(PAYLOAD, "udp.payload", "Payload", BYTES, COLONS, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PORT_TABLE };

static void mark_under(struct packet *p, const struct cursor *c, unsigned under, unsigned mark)
{
    uint32_t tree = tree_begin(p, under);
    put_mark(p, c, mark);
    tree_end(p, tree);
}

static void malformed_under(struct packet *p, const struct cursor *c, unsigned under, unsigned mark)
{
    uint32_t tree = tree_begin(p, under);
    put_malformed(p, c, mark);
    tree_end(p, tree);
}

/* Where traceroute begins to count, three attempts a hop; the answer comes from there. */
static void put_traceroute(struct packet *p, struct cursor *c, unsigned under, uint16_t port)
{
    if (port < TRACEROUTE_FIRST || port > TRACEROUTE_LAST)
        return;
    uint32_t tree = tree_begin(p, under);
    put_mark(p, c, TRACEROUTE);
    label(p, TRACEROUTE, "Possible traceroute: hop #%d, attempt #%d",
          (port - TRACEROUTE_FIRST) / 3 + 1, (port - TRACEROUTE_FIRST) % 3 + 1);
    tree_end(p, tree);
}

static void put_ports(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t src = p->src_port = put_u16(p, c, SRCPORT);
    label_port(p, SRCPORT, "Source", IP_PROTO_UDP, src);
    put_traceroute(p, c, SRCPORT, src);
    uint16_t dst = p->dst_port = put_u16(p, c, DSTPORT);
    label_port(p, DSTPORT, "Destination", IP_PROTO_UDP, dst);
    put_traceroute(p, c, DSTPORT, dst);
    put_uint(p, c, PORT, start, 2, src);
    put_uint(p, c, PORT, start + 2, 2, dst);
    if (p->names == NULL) {
        title(p, "User Datagram Protocol, Src Port: %u, Dst Port: %u", src, dst);
        info_set(p, "%u \u2192 %u", src, dst);
        return;
    }
    title(p, "User Datagram Protocol, Src Port: %s, Dst Port: %s",
          packet_port(p, IP_PROTO_UDP, src, false), packet_port(p, IP_PROTO_UDP, dst, false));
    info_set(p, "%s \u2192 %s", packet_port(p, IP_PROTO_UDP, src, true),
             packet_port(p, IP_PROTO_UDP, dst, true));
}

/* The length of the datagram with its header, 0 if it is impossible. Zero stands for a jumbogram,
 * more than 16 bits can say (RFC 2675, section 4). */
static uint32_t put_length(struct packet *p, struct cursor *c, uint32_t start)
{
    uint32_t available = c->end - start, length = put_u16(p, c, LENGTH);
    if (c->fault != CURSOR_OK)
        return 0;
    if (length == 0 && p->net.version == 6) {
        if (available < 65536)
            mark_under(p, c, LENGTH, LENGTH_BAD_ZERO);
        return available;
    }
    if (length < HEADER) {
        label(p, LENGTH, "Length: %u (bogus, must be >= 8)", length);
        malformed_under(p, c, LENGTH, LENGTH_BAD);
        info_set(p, "BAD UDP LENGTH %u < 8", length);
        return 0;
    }
    if (length > available && !p->net.fragment && !p->quoted) {
        label(p, LENGTH, "Length: %u (bogus, payload length %u)", length, available);
        malformed_under(p, c, LENGTH, LENGTH_BAD);
        info_set(p, "BAD UDP LENGTH %u > IP PAYLOAD LENGTH", length);
    }
    return length;
}

/* Over the pseudo-header, the header and the data (RFC 768). A sender that leaves it to the network
 * card stores the pseudo-header's sum alone. */
static void put_checksum_verified(struct packet *p, struct cursor *c, uint32_t start,
                                  uint32_t length, uint16_t found)
{
    uint64_t pseudo = checksum_pseudo_header(p, IP_PROTO_UDP, length);
    uint16_t rest = checksum_fold(checksum_add(pseudo, c->data + start, length));
    uint16_t should = checksum_fold((uint64_t)(uint16_t)~rest + (uint16_t)~found);
    bool good = rest == 0, offload = (checksum_fold(pseudo) ^ found) == 0xffff;
    if (should == 0)
        should = 0xffff; /* zero says that there is none */
    if (good) {
        label(p, CHECKSUM, "Checksum: 0x%04x [correct]", found);
    } else {
        label(p, CHECKSUM, "Checksum: 0x%04x incorrect, should be 0x%04x%s", found, should,
              offload ? " (left to the network card: \"UDP checksum offload\")"
                      : " (maybe caused by \"UDP checksum offload\"?)");
        mark_under(p, c, CHECKSUM, CHECKSUM_BAD_EXPERT);
    }
    put_uint(p, c, CHECKSUM_CALCULATED, c->pos - 2, 2, good ? found : should);
    put_uint(p, c, CHECKSUM_STATUS, c->pos - 2, 0, good ? CHECKSUM_GOOD : CHECKSUM_BAD);
    label(p, CHECKSUM_STATUS, "Checksum Status: %s", good ? "Good" : "Bad");
}

static void put_checksum(struct packet *p, struct cursor *c, uint32_t start, uint32_t length)
{
    uint16_t found = put_u16(p, c, CHECKSUM);
    bool none = found == 0;
    if (none && p->net.version == 6) { /* RFC 8200, section 8.1; but see RFC 6935 for tunnels */
        label(p, CHECKSUM, "Checksum: 0x0000 [zero-value ignored]");
        mark_under(p, c, CHECKSUM, CHECKSUM_ZERO);
    } else if (none) {
        label(p, CHECKSUM, "Checksum: 0x0000 [zero-value ignored]");
    } else if (p->options.verify_checksums && p->net.version != 0 && !p->net.fragment &&
               length <= c->cap - start) {
        put_checksum_verified(p, c, start, length, found);
        return;
    } else {
        label(p, CHECKSUM, "Checksum: 0x%04x [unverified]", found);
    }
    put_uint(p, c, CHECKSUM_STATUS, c->pos - 2, 0,
             none ? CHECKSUM_NOT_PRESENT : CHECKSUM_UNVERIFIED);
    label(p, CHECKSUM_STATUS, "Checksum Status: %s", none ? "Not present" : "Unverified");
}

static void put_flow(struct packet *p, struct cursor *c, uint32_t start, uint32_t length)
{
    struct segment s = {.ip_version = p->net.version,
                        .protocol = IP_PROTO_UDP,
                        .src = p->net.src,
                        .dst = p->net.dst,
                        .src_port = p->src_port,
                        .dst_port = p->dst_port,
                        .window_shift = -1,
                        .length = length - HEADER,
                        .packet = p->in->number,
                        .time_ns = p->in->time_ns};
    s.quoted = p->quoted;
    flow_ask(p, &s, PORT_TABLE);
    if (!p->in_flow)
        return;
    const struct flow_facts *facts = &p->facts;
    put_uint(p, c, STREAM_INDEX, c->pos, 0, facts->stream);
    if (p->quoted)
        return;
    uint32_t tree = tree_text(p, c, start, 0, "[Timestamps]");
    put_time(p, c, TIME_RELATIVE, start, 0, s.time_ns - facts->first_time_ns);
    put_time(p, c, TIME_DELTA, start, 0, s.time_ns - facts->previous_time_ns);
    tree_end(p, tree);
}

/* The data goes to the protocol of the lower port, else to that of the other. */
static void dissect_payload(struct packet *p, struct cursor *c)
{
    uint32_t captured = cursor_captured(c);
    if (captured == 0) {
        cursor_skip(c, cursor_left(c)); /* a fault if there was something */
        return;
    }
    put_data(p, c, PAYLOAD, c->pos, captured, c->data + c->pos, captured);
    label(p, PAYLOAD, "UDP payload (%u byte%s)", captured, captured == 1 ? "" : "s");
    if (p->net.fragment)
        return next_data(p, c);
    uint16_t ports[2] = {p->src_port, p->dst_port};
    next_ports(p, PORT_TABLE, ports);
    if (!next_spoken(p, c) && !next_expected(p, c, IP_PROTO_UDP) &&
        !next(p, c, PORT_TABLE, ports[0]) && !next(p, c, PORT_TABLE, ports[1]) && !next_heuristic(p, c, PORT_TABLE))
        next_data(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    if (!layer_starts(p, c, 4))
        return;
    put_ports(p, c);
    uint32_t length = put_length(p, c, start);
    if (length == 0)
        return;
    cursor_trim(c, length - (c->pos - start));
    put_checksum(p, c, start, length);
    info_add(p, " Len=%u", length - HEADER);
    if (c->fault != CURSOR_OK)
        return;
    put_flow(p, c, start, length);
    dissect_payload(p, c);
}

static const char *const tables[] = {"udp.port", "expected", NULL};
static const struct binding bindings[] = {{"ip.proto", IP_PROTO_UDP}, {NULL, 0}};

const struct protocol proto_udp = {.name = "udp",
                                   .title = "User Datagram Protocol",
                                   .column = "UDP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .flows = true,
                                   .dissect = dissect};
