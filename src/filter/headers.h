/*
 * headers: what a filter asks of fixed header bytes is answered from them, before any dissection.
 *
 *     tcp.port == 80 and http.request       on the bytes:   port 80?   no: this packet does not match
 *                                                                      yes: perhaps, dissect it
 *
 * The answer is "perhaps" wherever the bytes leave a doubt: fragments, headers cut short, and
 * whatever may carry a second header of the kinds that are asked for (a tunnel, a quotation in
 * ICMP).
 */
#ifndef FILTER_HEADERS_H
#define FILTER_HEADERS_H

#include "filter/program.h"
#include "filter/routes.h"

/* A field's place: `size` bytes at `offset` of a header. Of the frame, `offset` is one of FRAME_*.
 */
struct fact {
    uint8_t header, offset, size;
    uint8_t shift;
    uint64_t mask; /* of the bytes as a number, before the shift; 0: all of them */
};

enum { FRAME_NUMBER, FRAME_LEN, FRAME_CAP_LEN };

/* What is asked of a leaf where an index knows more than the header bytes do (filter/indexed.c). */
struct raw_needs {
    const uint32_t *fields; /* one of them must be there, or the leaf is false; NULL: nothing is known */
    uint32_t count;
    uint64_t bit;   /* for filter_indexed_has(); 0: the filter has too many leaves */
    bool suffices;  /* then it is true */
    uint8_t kind;   /* RAW_COMPARE or RAW_IN: what it does with the field's value; 0: that is not known */
    uint8_t value;  /* enum indexed_value, of a field that stands in no header */
};

enum raw_kind {
    RAW_PERHAPS, /* it takes a dissection */
    RAW_NEVER,
    RAW_AND,
    RAW_OR,
    RAW_XOR,
    RAW_NOT,
    RAW_PRESENT,
    RAW_COMPARE,
    RAW_IN
};

struct raw_pair {
    struct value low, high;
};

/* A test of facts, or of other tests. In the filter's arena. */
struct raw {
    uint8_t kind, compare, quantifier;
    bool negated; /* not in */
    bool plain;   /* of a field that stands in no header: RAW_PERHAPS for the header test */
    bool is_ipv6; /* its values are sixteen bytes, not numbers */
    uint8_t fact_count;
    struct fact facts[2];
    uint64_t bits;          /* and-ed to the packet's value: "tcp.flags & 2", prefixes */
    uint32_t begin, end;    /* in the filter's text */
    const char *name;       /* of the field */
    struct raw_needs needs;
    struct raw_pair *pairs; /* of RAW_COMPARE one, whose low counts */
    uint32_t pair_count;
    struct raw *first, *next;
};

struct plan {
    struct raw *root;
    bool complete; /* no part of it is RAW_PERHAPS */
    struct routes routes;
};

/* The verdict of a tree of tests, from that of its leaves. */
enum verdict raw_test(const struct raw *r, enum verdict (*leaf)(const struct raw *r, const void *context),
                      const void *context);
/* A test of one value: a leaf's comparison, or its set, as needs.kind says. */
bool raw_test_value(const struct raw *r, const struct value *v);

/* What an index may know of a field that stands in no header, by its name; or INDEXED_VALUES. */
enum indexed_value indexed_value_of(const char *name);

/* The place of a field: `facts` gets one, or two for source and destination. 0 if it has none. */
uint32_t facts_of(const char *name, uint64_t mask, struct fact facts[2]);
enum verdict plan_test(const struct plan *plan, const lamna_packet_info *in);

#endif
