/*
 * report: tables made in one pass over the packets of a run: conversations, endpoints, statistics.
 *
 * A kind states its columns, what it asks of packets, and four functions. A report of it owns the
 * kind's state and, once finished, its rows:
 *
 *     add(packet) ... add(packet)   finish: cell_*, cell_*, ... row after row
 *
 * A kind with very many rows makes each only when it is looked at: its finish() says how many there are
 * (`rows`), and row() gives the cells of one. So a million connections take no memory as cells.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/arena.h"
#include "base/map.h"
#include "query/query.h"

enum { REPORT_FIELDS = 32, REPORT_TEXTS = 256 << 20 };

struct report_kind {
    const char *name, *summary;
    const lamna_report_column *columns; /* unless begin() sets others */
    size_t column_count;
    const char *const *fields; /* names of fields it reads, ended by NULL; or NULL */
    bool segments;             /* it reads nothing of packets but p->in, in_flow, segment and facts */
    bool flows, analysis;      /* does it read the packet's facts? */
    bool every_packet;         /* it is given those that do not match as well: see `matches` */
    bool checksums;            /* are they to be verified? */
    size_t state_size;
    bool (*begin)(lamna_report *r, const lamna_report_options *options, lamna_error *err);
    void (*ask)(lamna_report *r, struct wanted *w); /* for more than `fields`; or NULL */
    void (*fetch)(const lamna_report *r, uint32_t stream); /* its next segment comes soon; or NULL */
    void (*add)(lamna_report *r, const struct packet *p);
    void (*finish)(lamna_report *r);
    void (*row)(lamna_report *r, size_t row);      /* or NULL: finish() gives all rows */
    void (*news)(lamna_report *r, int64_t now_ns); /* or NULL: see lamna_report_news() */
    void (*free)(lamna_report *r);
};

struct lamna_report {
    const struct report_kind *kind;
    const lamna_registry *reg;
    void *state;                    /* owned; kind->state_size bytes, zero at first */
    uint32_t fields[REPORT_FIELDS]; /* numbers of kind->fields */
    const lamna_report_column *columns;
    size_t column_count;
    lamna_filter *filter; /* owned; of the query, if the kind is given every packet; or NULL */
    bool matches;         /* does the packet at hand match it? */
    lamna_cell *cells;    /* owned; rows one after the other, or the one row at hand */
    size_t cell_count, cell_capacity;
    size_t rows, row; /* with kind->row: how many, and 1 + the number of the one at hand */
    struct arena texts;
    uint64_t dropped; /* by the capture, as far as is known */
    bool failed;      /* out of memory on the way */
};

extern const struct report_kind report_conversations, report_endpoints, report_protocols, report_io,
    report_tcp, report_http, report_dns, report_steps, report_findings;

/* Cells are given in the order of the columns; a row that is begun has as many as there are
 * columns. */
void cell_none(lamna_report *r);
void cell_uint(lamna_report *r, lamna_cell_type type, uint64_t v);
/* The number of a packet, or a status: none if it is 0. */
void cell_known(lamna_report *r, uint64_t v);
void cell_number(lamna_report *r, double v);
void cell_time(lamna_report *r, lamna_cell_type type, int64_t ns);
/* Copied. */
void cell_text(lamna_report *r, const char *text, size_t n);
void cell_string(lamna_report *r, const char *text);
void address_add(struct buf *b, uint8_t version, const uint8_t *address);
/* "192.0.2.1" or "2001:db8::1"; version 4 or 6. */
void cell_address(lamna_report *r, uint8_t version, const uint8_t *address);
void cell_ether(lamna_report *r, const uint8_t *address);

/* The number k in kind->fields of the item's field, or -1. */
int report_field(const lamna_report *r, const lamna_item *item);

/* Forgets all rows. */
void report_clear(lamna_report *r);

/* The first item of field number k of kind->fields, or NULL. */
const lamna_item *report_item(const lamna_report *r, const struct packet *p, unsigned k);

/* Makes room for element `number` of an array whose elements are `size` bytes: new ones are zero.
 * False, and r->failed, without memory. */
bool report_room(lamna_report *r, void *array, size_t *capacity, size_t number, size_t size);

#endif
