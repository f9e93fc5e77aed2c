/*
 * field: what a field is. One table row states it once; the dissector, filters, tree, JSON, columns
 * and `lamna fields --list` all read that row.
 */
#ifndef DISSECT_FIELD_H
#define DISSECT_FIELD_H

#include "lamna.h"

/* How a number is written. The low byte is the base, the rest are flags that may be or-ed to it. For a
 * BOOLEAN, the base may be the width in bits of the number it is cut from: 12. */
enum field_display {
    DEC = 1,
    HEX,     /* 0x0800, as many digits as the type is wide */
    OCT,
    DEC_HEX, /* 386 (0x0182) in a tree */
    HEX_DEC, /* 0x0182 (386) in a tree */
    NONE = 0, /* for what is not a number */
    DISPLAY_BASE = 0xff,
    HIDDEN = 0x100,    /* repeats another field under a common name: ip.addr for ip.src */
    GENERATED = 0x200, /* computed, not read from bytes; shown in [brackets] */
    WHOLE = 0x400,     /* its value is known only when all layers of the packet have been walked */
    FLOW = 0x800,      /* needs the flow table */
    ANALYSIS = 0x8000, /* needs the flow table and TCP analysis */
    UNACKED = 0x400000, /* and which segments were not acknowledged yet */
    STREAM = 0x10000,  /* needs messages that span segments */
    FUTURE = 0x20000,  /* known only from packets to come: see tell() */
    BEHIND_HEAD = 0x80000, /* read from what a message carries behind its head: see message_head() */
    COLONS = 0x1000,   /* bytes are written aa:bb:cc */
    UTC = 0x2000,      /* a time in UTC; else local time */
    NTP_TIME = 0x1000000, /* a time whose first instant, 1900, stands for none: "NULL" */
    RAW_BYTES = 0x4000, /* a protocol whose value is written as its bytes */
    ON_REQUEST = 0x200000, /* noted only when it is asked for by its name */
    MAY_BE_EMPTY = 0x40000 /* bytes: none at all is written <none>; for others that is <MISSING> */
};

/* A value and its name; for most, low == high. A table ends with name == NULL. */
struct value_name {
    uint64_t low, high;
    const char *name;
};

#define VALUE(v, name)      {(v), (v), (name)}
#define RANGE(lo, hi, name) {(lo), (hi), (name)}
#define VALUES_END          {0, 0, NULL}

struct field_def {
    const char *name;  /* "udp.srcport" */
    const char *label; /* "Source Port" */
    lamna_type type;
    uint32_t display; /* enum field_display */
    uint64_t mask;    /* of a bit field, in the number it is cut from; 0: all bits */
    const struct value_name *names;
};

/*
 * Makes, from an X-macro with rows X(ID, name, label, TYPE, display, mask, value names), the enum of
 * the rows' IDs and the table `field_defs`. An ID is valid only in its own file.
 */
#define FIELD_ID(id, name, label, type, display, mask, names) id,
#define FIELD_ROW(id, name, label, type, display, mask, names)                                     \
    {name, label, LAMNA_##type, display, mask, names},
#define FIELD_TABLE(rows)                                                                          \
    enum { rows(FIELD_ID) FIELD_COUNT };                                                           \
    static const struct field_def field_defs[] = {rows(FIELD_ROW)}

/* The name of v, or NULL. */
const char *value_name_find(const struct value_name *names, uint64_t v);
/* How many bytes an unsigned or signed integer type has; 0 for other types. */
unsigned type_bytes(lamna_type type);

#endif
