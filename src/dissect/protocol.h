/*
 * protocol: what a file in src/proto/ gives to the engine. Adding a protocol is one such file, one
 * line in protos.def, and one folder of tests; see CONTRIBUTING.md.
 *
 * A parent finds its children in a dispatch table by key: it says next(p, c, TABLE, key) and knows no
 * child. A child says with its bindings under which keys of which tables it is found.
 */
#ifndef DISSECT_PROTOCOL_H
#define DISSECT_PROTOCOL_H

#include "dissect/cursor.h"
#include "dissect/field.h"

struct packet;
struct segment;

/* "Found under this key of that table." A key of HEURISTIC: tried by its probe, in the order of
 * protos.def, where no key fits. Some tables have text for keys: "text/html". */
struct binding {
    const char *table;
    uint64_t key;
    const char *text; /* the key is text_key() of this; or NULL */
};
#define HEURISTIC UINT64_MAX
#define BOUND_TEXT(table, text) {table, 0, text}

/* The key for n bytes of text, without regard to case. */
uint64_t text_key(const char *text, size_t n);

struct protocol {
    const char *name;   /* in filters: "udp" */
    const char *title;  /* "User Datagram Protocol" */
    const char *column; /* "UDP"; NULL: leaves the Protocol column to the layer below */
    bool plain; /* says nothing in columns, and carries nothing */
    bool bytes; /* its value is written as its bytes, not as its label */
    bool bare;    /* has no line of its own in a tree: its fields lie among those of the layer below */
    bool unnamed; /* left out of frame.protocols */
    const struct field_def *fields;
    uint32_t field_count;
    const struct protocol *fields_of; /* uses the fields of that protocol instead; or NULL */
    const char *const *tables;        /* NULL-terminated; next() takes an index into this */
    const struct binding *bindings;   /* ended by table == NULL */
    /* Bit t: what table number t leads to is encrypted, so it is not there unless there are secrets. */
    uint32_t sealed;
    /* Is this layer mine? Must not change anything. NULL: always. */
    bool (*probe)(const struct packet *p, const struct cursor *c);
    /* The same, asked before it, and only where the protocol is tried as HEURISTIC; in streams it is not. */
    bool (*guess)(const struct packet *p, const struct cursor *c);
    /* The flow speaks this protocol: is this one more of its packets? NULL: always. See next_spoken(). */
    bool (*goes_on)(const struct packet *p, const struct cursor *c);
    /*
     * For what travels in TCP: how many bytes from c on are one message? More than were captured of c if
     * it goes on in segments to come; STREAM_MORE if not even that can be told yet, STREAM_TO_FIN if it
     * ends with the stream. 0: this is not mine. Must not change anything but what flow_state() gives.
     * NULL: each segment is taken as it is. See next_stream().
     */
    uint32_t (*message)(struct packet *p, const struct cursor *c);
    uint32_t header; /* as many bytes of a message tell its length; what nobody asks for need not be kept. 0: not so */
    bool flows;   /* asks the flow of each of its segments: TCP, UDP */
    bool remembers; /* over UDP: what a packet says depends on those before it in its flow */
    bool streams; /* carries streams itself: TCP */
    bool pdus; /* the length of each message is shown (tcp.pdu.size) */
    /*
     * TCP: fills what the flow of a segment is asked from the ports on, but for the packet's number and time. Its
     * header begins at `at`; the segment has `length` bytes, of which `captured` are there, the fixed header at
     * least. NULL: has none.
     */
    void (*segment)(const uint8_t *at, uint32_t captured, uint32_t length, struct segment *s);
    /* NULL: stands only for a dispatch table of the same name in frame.protocols ("ethertype"). */
    void (*dissect)(struct packet *p, struct cursor *c);
};

#define FIELDS_OF_THIS_FILE .fields = field_defs, .field_count = FIELD_COUNT

/* All protocols, in the order of protos.def, ended by NULL. */
extern const struct protocol *const all_protocols[];

#endif
