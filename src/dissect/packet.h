/*
 * packet: one packet being dissected, and what a dissector may say about it.
 *
 * A dissector is straight-line code over a cursor:
 *
 *     uint16_t port = put_u16(p, c, SRCPORT);
 *
 * reads two bytes, notes them as the field SRCPORT of this file's table if anyone asked for it, and
 * returns the value. Past the end it returns zero, notes nothing, and the cursor's fault tells the
 * engine (see cursor.h). Results go into one flat array of lamna_item (see lamna.h); what is decoded
 * lives in the packet's arena and is gone when the next packet begins.
 */
#ifndef DISSECT_PACKET_H
#define DISSECT_PACKET_H

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "crypto/crypto.h"
#include "dissect/radio.h"
#include "dissect/registry.h"
#include "dissect/resolve.h"
#include "dissect/transport.h"
#include "dissect/vendors.h"

enum { MAX_LAYERS = 512, MAX_SOURCES = 32, NO_ITEM = UINT32_MAX };

/* Why a protocol is walked: something is asked of it or of what it may carry; or the stream that it travels in is
 * asked for, and any message may say where others in it end. */
enum { WALK_ASKED = 1, WALK_STREAM = 2 };

/* What is asked of every packet: made once for a query by wanted_new(), then only read. */
struct wanted {
    const lamna_registry *reg;
    uint8_t *field; /* by field number: put it? */
    uint8_t *mine;  /* by protocol number: is anything asked of it itself? */
    uint8_t *proto; /* by protocol number: WALK_..., or 0: it need not be walked */
    uint8_t *asked; /* by protocol number: is a field of it asked for? */
    bool labels;    /* tree labels, and lines of text */
    bool titles;    /* labels of protocols at least: set it before wanted_finish() */
    bool columns;   /* the Protocol and Info columns */
    /* Asked for, by a field or by who makes the query: */
    bool ask_flows;    /* the flow table */
    bool ask_analysis; /* and TCP analysis */
    bool ask_unacked;  /* and which segments were not acknowledged yet */
    bool ask_streams;  /* and messages that span segments */
    /* What that, and what streams carry, comes to: */
    bool flows, analysis, unacked, streams;
    bool lazy; /* flows matter only where their ports lead to something that is asked for */
    bool secrets;      /* there may be keys for what is encrypted: set it before wanted_finish() */
    bool bodies;    /* some field reads what messages carry behind their heads */
    bool pieces;    /* which packets a message came in is asked for */
    bool coded;     /* columns say whether what is coded there can be decoded */
    bool cut;       /* messages that a FIN or RST cuts short are dissected, too: set it before wanted_finish() */
    bool future;    /* some field of a packet is known only from packets after it */
    bool any;       /* any field at all */
};

/* What the person wants of dissection itself. */
struct dissect_options {
    bool verify_checksums;
};

struct layer {
    uint16_t proto;
    bool again;    /* one more message of the layer before: frame.protocols has it once */
    bool pinned;   /* what it carries lies inside its subtree: see nest_begin() */
    bool closed;   /* its subtree is complete: what comes now belongs to the layer it carries */
    bool cut;      /* a message that this packet cut short, or the end of one that was */
    bool theirs;   /* the other end sent it */
    uint32_t item; /* of the protocol, or NO_ITEM */
    uint32_t offset, length;
    uint32_t message;    /* of a message in a stream: its length, whether all of it was kept or not */
    uint64_t began_in;   /* and the packet that it began in */
};

/* The text a tree shows instead of "label: value". */
struct tree_label {
    uint32_t item;
    const char *text; /* in the packet's arena */
};

/* Bytes that are not the packet's own: reassembled, decoded. Number 1 is sources[0]. */
struct data_source {
    const char *name; /* "Reassembled TCP" */
    const uint8_t *data;
    uint32_t length;
};

/* Addresses of the innermost network layer so far: for pseudo-headers, flows and columns. */
struct network {
    uint8_t version; /* 4, 6 or 0: none */
    uint8_t protocol;
    bool fragment;            /* a fragment other than a whole datagram */
    const uint8_t *src, *dst; /* 4 or 16 bytes; borrowed from the data source */
};

enum address_kind { ADDRESS_NONE, ADDRESS_ETHER, ADDRESS_IPV4, ADDRESS_IPV6 };

struct address {
    enum address_kind kind;
    const uint8_t *bytes;
};

/* What a message says of its body: "text/html", "; charset=utf-8". Not NUL-terminated. */
struct media {
    const char *type, *parameters;
    uint32_t type_length, parameters_length;
};

/* What a remote procedure call, or its reply, says of the procedure. */
struct called {
    uint32_t version, procedure;
    bool reply;
};

struct packet {
    /* Set for each packet by packet_begin(). */
    const lamna_packet_info *in;
    const struct frame_times *times;

    /* Results. */
    lamna_item *items; /* owned; kept from packet to packet */
    uint32_t count, capacity;
    lamna_item spare; /* written to when no room is left */
    uint32_t layer_count, depth;
    struct layer layers[MAX_LAYERS];
    struct tree_label *tree_labels; /* owned; sorted by neither */
    uint32_t label_count, label_capacity;
    struct buf info; /* Info column */
    struct address column_src, column_dst;
    uint16_t column_proto;   /* the protocol of the Protocol column */
    const char *column_text; /* or, where it is not NULL, this */
    uint8_t fault;           /* enum cursor_fault of the packet as a whole */

    /* The layer being dissected. */
    const struct wanted *wanted;
    const uint8_t *want; /* wanted->field, from this protocol's first field on */
    uint32_t fields;     /* number of this protocol's first field */
    uint16_t proto;
    uint16_t layer; /* index in layers */

    /* What lower layers tell upper ones. */
    struct network net;
    struct radio radio; /* for IEEE 802.11 */
    struct called called; /* for what is called by ONC RPC */
    uint64_t exchange; /* by which the layer that carries requests and answers tells which belong together */
    bool quoted;        /* inside next_quoted(): an old packet in a new one */
    uint16_t src_port, dst_port;
    bool in_flow; /* `segment` and `facts` are those of the innermost flow */
    struct segment segment;
    struct media media; /* of the bytes at hand */
    uint32_t message_head; /* see message_head() */
    struct flow_facts facts;
    const char *session;            /* name of the call that the layers below negotiate, or NULL */
    struct expectation expectation; /* why the layer that next_expected() found is there */
    uint8_t source_count;           /* reassembled or decoded bytes, beside the packet's own */
    struct data_source sources[MAX_SOURCES];

    /* Shared by all packets of a run. */
    const lamna_registry *reg;
    struct arena *arena; /* reset for each packet; owned by the run */
    struct dissect_options options;
    struct limits limits;
    struct vendors *vendors; /* of the run; NULL: no vendor has a name */
    struct resolver *names;  /* of the run; NULL: nobody wants names for numbers */
    struct crypto crypto;    /* owned */
    struct flow_hook flow; /* answers what only the flow of a segment knows */
};

/* What frame.time_delta and its like are computed from; the driver keeps it up to date. */
struct frame_times {
    int64_t first, previous, previous_displayed; /* ns */
};

/* ---- For the driver ------------------------------------------------------------------------ */

/* Prepares p, once. The arena is borrowed. */
void packet_init(struct packet *p, const lamna_registry *reg, struct arena *arena);
void packet_free(struct packet *p);
/* Dissects one packet. What p then points to is valid until the next call. */
void packet_dissect(struct packet *p, const struct wanted *wanted, const lamna_packet_info *in,
                    const struct frame_times *times);

struct wanted *wanted_new(const lamna_registry *reg);
void wanted_free(struct wanted *w);
/* Asks for a field or a protocol. wanted_finish() must follow the last one. */
void wanted_add(struct wanted *w, uint32_t field);
void wanted_all(struct wanted *w, bool labels);
void wanted_finish(struct wanted *w);
/* After wanted_finish() of both: the first dissection of a packet is to walk wherever the second one does,
 * and both ask the same flows. */
void wanted_join(struct wanted *first, struct wanted *second);

/* ---- For dissectors: fields ---------------------------------------------------------------- */

/* Is anything at all asked of this protocol itself? If not, its dissector may go straight to what it
 * carries. */
static inline bool wants_mine(const struct packet *p)
{
    return p->wanted->mine[p->proto] != 0;
}

static inline bool wants(const struct packet *p, unsigned field)
{
    return p->want[field] != 0;
}

/* Is any field from `first` to `last` (IDs of this file) asked for, or its line in a column? Lets a
 * dissector pass over a group of fields at once. */
static inline bool wants_any(const struct packet *p, unsigned first, unsigned last)
{
    return p->wanted->columns || memchr(p->want + first, 1, last - first + 1) != NULL;
}

/* Notes an item for `field` (an ID of this file): bytes [offset, offset + length) of c's source.
 * Never NULL: when no room is left it is a spare one that nobody sees. */
lamna_item *item_add(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                     uint32_t length);

static inline void put_uint(struct packet *p, const struct cursor *c, unsigned field,
                            uint32_t offset, uint32_t length, uint64_t value)
{
    if (wants(p, field))
        item_add(p, c, field, offset, length)->value.u = value;
}

/* Unsigned integers in network byte order; the _le ones in the other. Each returns the value. */
static inline uint8_t put_u8(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 1);
    if (b == NULL)
        return 0;
    put_uint(p, c, field, c->pos - 1, 1, b[0]);
    return b[0];
}

static inline uint16_t put_u16(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return 0;
    uint16_t v = be16(b);
    put_uint(p, c, field, c->pos - 2, 2, v);
    return v;
}

static inline uint32_t put_u24(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 3);
    if (b == NULL)
        return 0;
    uint32_t v = be24(b);
    put_uint(p, c, field, c->pos - 3, 3, v);
    return v;
}

static inline uint32_t put_u32(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 4);
    if (b == NULL)
        return 0;
    uint32_t v = be32(b);
    put_uint(p, c, field, c->pos - 4, 4, v);
    return v;
}

/* An n-byte integer, n from 1 to 8. */
uint64_t put_uint_be(struct packet *p, struct cursor *c, unsigned field, uint32_t n);
uint64_t put_uint_le(struct packet *p, struct cursor *c, unsigned field, uint32_t n);
/* Signed, n from 1 to 8 bytes, network byte order. */
int64_t put_int_be(struct packet *p, struct cursor *c, unsigned field, uint32_t n);

/* A bit field cut by its mask from `number`, the big-endian `length` bytes at `offset`. */
void item_add_bits(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                   uint32_t length, uint64_t number);

static inline void put_bits(struct packet *p, const struct cursor *c, unsigned field,
                            uint32_t offset, uint32_t length, uint64_t number)
{
    if (wants(p, field))
        item_add_bits(p, c, field, offset, length, number);
}

/* put_bits for each of `count` consecutive IDs from `first`. */
static inline void put_flags(struct packet *p, const struct cursor *c, unsigned first,
                             unsigned count, uint32_t offset, uint32_t length, uint64_t number)
{
    for (unsigned i = 0; i < count; i++)
        put_bits(p, c, first + i, offset, length, number);
}

/* n bytes as they are, for BYTES, ETHER, IPv6, GUID, STRING in UTF-8 ... Returns them, NULL past the
 * end. */
const uint8_t *put_bytes(struct packet *p, struct cursor *c, unsigned field, uint32_t n);
/* As many of n bytes as were captured; a fault only if some are missing. */
const uint8_t *put_bytes_captured(struct packet *p, struct cursor *c, unsigned field, uint32_t n);
/* Four bytes of type IPv4. Returns them. */
const uint8_t *put_ipv4(struct packet *p, struct cursor *c, unsigned field);
/* A value that is not (only) the bytes at [offset, offset + length): text or bytes that outlive the
 * packet or lie in its arena. */
void put_data(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
              uint32_t length, const void *value, size_t value_length);
void put_string(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                uint32_t length, const char *value);
/* A time in nanoseconds. */
void put_time(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
              uint32_t length, int64_t ns);
void put_double(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                uint32_t length, double value);
/* The name of the vendor who was assigned an OUI; nothing if he is not known. */
void put_vendor(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                uint32_t oui);
/* Presence alone (type NONE): expert information such as tcp.connection.syn. */
void put_mark(struct packet *p, const struct cursor *c, unsigned field);
/* The same, of Wireshark's group "Malformed": _ws.malformed is there too, hidden. */
void put_malformed(struct packet *p, const struct cursor *c, unsigned field);

/* ---- For dissectors: the tree -------------------------------------------------------------- */

/* Items noted between tree_begin() and tree_end() lie under the last item, if that is one of `field`;
 * else (nobody asked for `field`) they stay where they are. tree_end() also takes what tree_text()
 * returned. */
uint32_t tree_begin(struct packet *p, unsigned field);
void tree_end(struct packet *p, uint32_t tree);

/* Replaces the label of the last item of `field` noted; nothing unless labels are wanted. The arguments
 * are not evaluated then. */
void label_last(struct packet *p, unsigned field, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Replaces the label of an item that tree_begin() returned. */
void label_item(struct packet *p, uint32_t item, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define label(p, field, ...)                                                                       \
    do {                                                                                           \
        if ((p)->wanted->labels)                                                                   \
            label_last(p, field, __VA_ARGS__);                                                     \
    } while (0)
/* Replaces the label of this layer's protocol. */
void title(struct packet *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line of text in the tree, which is no field; for tree_end(). */
uint32_t tree_text(struct packet *p, const struct cursor *c, uint32_t offset, uint32_t length,
                   const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Formatted text in the packet's arena; "" if that is full. */
const char *packet_text(struct packet *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* n bytes of text in the packet's arena, with a NUL; "" if that is full. */
const char *packet_copy(struct packet *p, const char *text, size_t n);
/* The same of an address: "02:00:00:00:00:01", "10.0.0.1", "2001:db8::1". */
const char *packet_address(struct packet *p, enum address_kind kind, const uint8_t *bytes);
/* The name that a person wants to see for it, if one is known, else the address. */
const char *packet_host(struct packet *p, enum address_kind kind, const uint8_t *bytes);
/* "name (address)", or the address. */
const char *packet_named(struct packet *p, enum address_kind kind, const uint8_t *bytes);
/* The name of the service at a port of IP protocol 6 or 17; NULL: none is known, or wanted. */
static inline const char *packet_service(const struct packet *p, uint8_t protocol, uint16_t port)
{
    return p->names == NULL ? NULL : resolver_service(p->names, protocol, port);
}
/* "http (80)", or "80"; with `tight`, "http(80)". */
const char *packet_port(struct packet *p, uint8_t protocol, uint16_t port, bool tight);
/* Labels the last item, the port `which` ("Source"), with its service, where that has a name. */
void label_port(struct packet *p, unsigned field, const char *which, uint8_t protocol,
                uint16_t port);

/* Adds to the Protocol column: "SIP" becomes "SIP/SDP". For protocols without a column of their own. */
void column_add(struct packet *p, const char *text);
/* Puts the Protocol column into brackets behind the tunnel's name: "GTP <TCP>". */
void column_tunnel(struct packet *p, const char *name);
/* Replaces the Protocol column, also what a layer that this one carries has said; `text` is static, or in
 * the packet's arena. */
static inline void column_set(struct packet *p, const char *text)
{
    p->column_text = text;
}
/* Replaces, or adds to, the Info column; nothing unless columns are wanted. */
void info_set(struct packet *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
void info_add(struct packet *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same as info_add("%s%llu", text, v), for what is said of every packet: no printf. */
static inline void info_number(struct packet *p, const char *text, uint64_t v)
{
    if (!p->wanted->columns)
        return;
    buf_str(&p->info, text);
    buf_u64(&p->info, v);
}

/* ---- For dissectors: layers ---------------------------------------------------------------- */

/*
 * Dissects the rest of c as the protocol bound to `key` in this protocol's table number `table`. False
 * if there is none (c is not moved then). Else c is moved past what the child claims: what is left is
 * this layer's trailer. The child's layer comes after this one's subtree.
 */
bool next(struct packet *p, struct cursor *c, unsigned table, uint64_t key);
/* As next(), for a table whose keys are text. */
bool next_text(struct packet *p, struct cursor *c, unsigned table, const char *text, uint32_t n);
/* As next(), but a protocol that stands for the table ("ethertype") is left out of frame.protocols: for
 * parents that are found in one table and use another's keys. */
bool next_bare(struct packet *p, struct cursor *c, unsigned table, uint64_t key);
/* The first of the table's heuristic protocols whose probe says yes. */
bool next_heuristic(struct packet *p, struct cursor *c, unsigned table);
/* As next(), for the protocol that the flow speaks: see flow_becomes(). */
bool next_spoken(struct packet *p, struct cursor *c);
/* Puts two ports into the order in which a table is asked for them: the lower one first, unless a person
 * has said what is at the other. */
void next_ports(const struct packet *p, unsigned table, uint16_t ports[2]);
/* What was announced for one end of this packet: see dissect/expect.h. `protocol`: of IP. */
bool next_expected(struct packet *p, struct cursor *c, uint8_t protocol);
/* The rest of c as plain data: a layer "data", if anything is left. */
void next_data(struct packet *p, struct cursor *c);
/* As next(), but the child's layer lies inside this one's subtree, and what the child says to columns
 * and of addresses is forgotten: a packet quoted by ICMP. */
bool next_quoted(struct packet *p, struct cursor *c, unsigned table, uint64_t key);
/* As next(), but the child's layer lies inside this one's subtree, under what tree_begin() opened: a
 * certificate in a handshake. */
bool next_inside(struct packet *p, struct cursor *c, unsigned table, uint64_t key);
/* Nothing is shown of this layer: it only stands in frame.protocols. To be called before it has put
 * anything. */
void layer_hide(struct packet *p);
/* True if the next n bytes were captured. Else, as in Wireshark, nothing is shown of a header so short, and
 * c has a fault. */
bool layer_starts(struct packet *p, struct cursor *c, uint32_t n);
/* Nor does it stand there. It must not carry anything. */
void layer_withdraw(struct packet *p);
/* The number of the protocol bound to key, or 0. */
uint16_t next_protocol(const struct packet *p, unsigned table, uint64_t key);
/* True if the protocol bound to key is there, and what it says cannot be that the bytes are not its. */
bool next_certain(const struct packet *p, unsigned table, uint64_t key);
/* True if anything is asked of what is bound to key, or of the table's heuristic protocols. */
bool next_asked(const struct packet *p, unsigned table, uint64_t key);
bool next_heuristic_asked(const struct packet *p, unsigned table);

/* What follows at c is one more message of this protocol: it has a line of its own in the tree, but
 * frame.protocols has them once. */
void layer_again(struct packet *p, const struct cursor *c);

/* This layer's own bytes end here: what is noted from now on belongs to what it carries. For a layer that does
 * not hand over bytes of its own. */
void layer_end(struct packet *p, const struct cursor *c);
/* Between these two, what this layer carries lies inside its subtree, as the parts of a whole do. */
void nest_begin(struct packet *p);
void nest_end(struct packet *p);

/* A cursor over n bytes that were reassembled or decoded: a data source of its own, with a name for
 * people. The bytes must live as long as the packet. */
struct cursor cursor_over(struct packet *p, const char *name, const uint8_t *bytes, uint32_t n);

/* Does this layer lie in one of the protocol of that name? Messages before it in the same stream do not
 * count. */
bool carried_by(const struct packet *p, const char *name);

/* frame.protocols names this protocol once more. */
void layer_repeat(struct packet *p);

/* After next(): items noted until resume_end() are moved back to the end of this layer's subtree. */
struct resumed {
    uint32_t from; /* first item that is moved */
};
struct resumed resume_begin(struct packet *p);
void resume_end(struct packet *p, struct resumed r);

/* ---- For dissectors: flows and streams ------------------------------------------------------- */

/* Asks the flow of a segment: p->facts, if p->in_flow is true afterwards. Its ports are bound in `table`:
 * where nothing that they lead to is asked for, nor the flow itself, it is not asked. NO_TABLE: always. */
enum { NO_TABLE = UINT32_MAX };
void flow_ask(struct packet *p, const struct segment *s, unsigned table);

/*
 * What this protocol remembers of the flow from packet to packet, for both directions: `size` bytes, all
 * zero at first. NULL where there is no flow, or no memory. p->facts.reverse tells the direction. Each
 * packet of a flow is dissected in order; when one is dissected once more, for its columns, what it
 * finds is what it found the first time. So keep no pointers in it, and decide nothing by wants().
 */
void *flow_state(struct packet *p, size_t size);

/* From now on the flow speaks the protocol bound to key in table: after an upgrade, say. */
void flow_becomes(struct packet *p, unsigned table, uint64_t key);

/* For a protocol that carries another in its stream: how many bytes from c on are one message of what is
 * bound to key in table, as struct protocol's `message` says; what was captured, if it knows no messages. */
uint32_t next_message(struct packet *p, const struct cursor *c, unsigned table, uint64_t key);

/* For a protocol's `message`: only its first n bytes are looked at, by this protocol and by what it carries.
 * If it spans segments, the rest need not be kept; it is then dissected as if that had not been captured. */
static inline void message_head(struct packet *p, uint32_t n)
{
    p->message_head = n;
}

/* For the packet that is answered, reassembled ... later: notes that `field` of packet number `packet` is
 * `value`. The field must be marked FUTURE, and somebody must want it. */
void tell(struct packet *p, uint64_t packet, unsigned field, uint64_t value);
/* What was told of `field` of packet number `packet`. False if nothing was, or it is not known yet. */
bool told(const struct packet *p, uint64_t packet, unsigned field, uint64_t *value);

/*
 * What a protocol carries in the flow, a stream of its own: decrypted bytes, a stream of HTTP/2. Between these
 * two, next_stream(), flow_state() and flow_becomes() speak of that stream. `key` tells the protocol's streams
 * apart; `offset` is where the next bytes lie in theirs.
 */
struct flow_facts channel_enter(struct packet *p, uint32_t key, int64_t offset);
void channel_leave(struct packet *p, struct flow_facts saved);

/*
 * For messages of a layer's own that come in pieces, each in a channel: a body, a block of headers. The next n
 * bytes of the channel lie at c. `need`: how many bytes a message has that begins with them; STREAM_TO_FIN: up to
 * those that are `last`. piece->used of them are taken. STREAM_NEW: they are a whole message, or cannot be kept.
 * Ask whether or not a field is wanted.
 */
void stream_gather(struct packet *p, const struct cursor *c, uint32_t n, uint32_t need, bool last,
                   struct stream_piece *piece);

/* What a key log or the source says of this connection: see crypto/keylog.h. False: nothing. It must be asked
 * where no field is wanted, too. */
bool find_secret(struct packet *p, enum secret_kind kind, const uint8_t *id, size_t id_n,
                 struct secret *secret);
/* How often secrets were added so far; 0: there are none. Who found nothing need not look again before it
 * changes. */
uint32_t secrets_changes(struct packet *p);
/* What this packet lets others know: a session that may be resumed. */
void add_secret(struct packet *p, enum secret_kind kind, const uint8_t *id, size_t id_n,
                const uint8_t *secret, size_t n);

/* How what a stream carries is shown by the protocol that carries it. */
struct stream_ways {
    unsigned table; /* where the ports are bound */
    uint16_t low, high;
    bool fin; /* nothing comes after this */
    /* n bytes at c belong to a message that is not whole yet. */
    void (*waiting)(struct packet *p, struct cursor *c, uint32_t n);
    /* With n bytes at c a message is whole that began in an earlier packet. */
    void (*completing)(struct packet *p, struct cursor *c, uint32_t n);
    /* A message is whole: `whole` is over it, piece tells its parts. */
    void (*reassembled)(struct packet *p, const struct cursor *whole,
                        const struct stream_piece *piece);
    /* A message of n bytes, of a protocol that says `pdus`. */
    void (*pdu)(struct packet *p, const struct cursor *c, uint32_t n);
    bool silent; /* what nobody knows is not shown as data */
};
/* Dissects the rest of c, which lies at p->facts.offset in its stream: message by message, with what
 * earlier segments left. */
void next_stream(struct packet *p, struct cursor *c, const struct stream_ways *ways);

/* What waits for more in the stream of this segment's sender, or in `theirs`, gets no more: who wants messages that
 * were cut short has them as they are. `all`: also where something is missing before p->facts.offset + n. */
void cut_stream(struct packet *p, uint32_t n, const struct stream_ways *ways, bool theirs, bool all);

/* ---- For sinks ----------------------------------------------------------------------------- */

/* The label set for an item, or NULL. */
const char *packet_label(const struct packet *p, uint32_t item);

#endif
