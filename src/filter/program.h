/*
 * program: a compiled filter.
 *
 *     0  compare-number  tcp.port == 80      sets the flag
 *     1  jump-if-true    4                   all jumps go forward
 *     2  load   r0 <- udp.payload
 *     3  matches r0 pattern 0
 *     4  (end)                               the flag is the answer
 *
 * A register holds a list of values: a field may occur more than once.
 */
#ifndef FILTER_PROGRAM_H
#define FILTER_PROGRAM_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"
#include "filter/filter.h"

enum value_kind {
    KIND_NONE,
    KIND_NUMBER, /* u, or i if is_signed */
    KIND_DOUBLE,
    KIND_TIME, /* i, ns */
    KIND_IPV4, /* u, prefix */
    KIND_IPV6, /* p, prefix */
    KIND_STRING,
    KIND_BYTES
};

enum { NO_PREFIX = 255, BOOLEAN_DIGITS = 255 };

struct value {
    union {
        uint64_t u;
        int64_t i;
        double d;
        const uint8_t *p;
    };
    uint32_t length; /* of what p points to */
    uint32_t own;    /* of a protocol: its own bytes, without what it carries; 0: all */
    uint8_t prefix;  /* bits that count, or NO_PREFIX */
    bool is_signed;
};

/* [first:length], [first-last], or [first:]; negative numbers count from the end. */
struct range {
    int64_t first, last; /* last is a length for RANGE_LENGTH */
    enum { RANGE_LENGTH, RANGE_LAST, RANGE_REST } form;
};

enum compare { CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT, CMP_LE };
enum quantifier { QUANT_DEFAULT, QUANT_ANY, QUANT_ALL };
enum arith {
    ARITH_ADD,
    ARITH_SUB,
    ARITH_MUL,
    ARITH_DIV,
    ARITH_MOD,
    ARITH_AND,
    ARITH_SCALE, /* a time by a double */
    ARITH_SHRINK
};
enum function {
    FN_LEN,
    FN_COUNT,
    FN_LOWER,
    FN_UPPER,
    FN_STRING,
    FN_VALS,
    FN_DEC,
    FN_HEX,
    FN_FLOAT,
    FN_DOUBLE,
    FN_MIN,
    FN_MAX,
    FN_ABS,
    FN_SPECIAL_NAME,
    FN_SPECIAL_MASK,
    FN_LINKLOCAL,
    FN_MULTICAST,
    FN_RFC1918,
    FN_ULA,
    FN_COUNT_OF
};

/* What is loaded of a field's items: values, their raw bytes, or text. */
enum load_mode { LOAD_VALUE, LOAD_RAW, LOAD_TEXT, LOAD_NAME };

struct load {
    const uint32_t *fields;
    uint32_t field_count;
    uint32_t range_count;
    const struct range *layers; /* range_count of them; none: every layer */
    uint8_t mode;               /* enum load_mode */
    uint8_t kind;               /* enum value_kind of the field */
    bool is_signed, is_protocol;
};

enum opcode {
    OP_TRUE,
    OP_FALSE,
    OP_PRESENT,        /* flag = any item of load x */
    OP_COMPARE_NUMBER, /* flag = load x (one field, unsigned) sub constant y, any or all_ne */
    OP_NOT,
    OP_JUMP_IF_FALSE, /* to x */
    OP_JUMP_IF_TRUE,
    OP_PUSH,        /* saves the flag */
    OP_XOR,         /* flag ^= the one saved last */
    OP_LOAD,        /* register a = load x */
    OP_REFERENCE,   /* register a = what reference x was in the selected packet */
    OP_CONST,       /* register a = constant x */
    OP_SLICE,       /* register a = its slice x, of kind */
    OP_ARITH,       /* register a = a sub b, of kind */
    OP_CALL,        /* register a = function sub of the x registers from a; y: digits of hex(),
                     * or BOOLEAN_DIGITS for string() of a boolean */
    OP_TEST,        /* flag = register a has any value */
    OP_TEST_NUMBER, /* flag = register a has any value but zero */
    OP_COMPARE,     /* flag = a sub b */
    OP_CONTAINS,
    OP_MATCHES, /* flag = a matches pattern x */
    OP_IN       /* flag = a in the x pairs (low, high) of registers from b */
};

struct insn {
    uint8_t op;
    uint8_t sub;
    uint8_t quantifier;
    uint8_t kind;
    uint16_t a, b;
    uint32_t x, y;
};

struct slice {
    const struct range *ranges;
    uint32_t count;
};

struct list {
    const struct value *values;
    uint32_t count;
};

/* ${field}: loaded once, from the packet that is selected. */
struct reference {
    struct load load;
    struct list list; /* in the filter's arena; empty until a packet is selected */
};

/* What the filter means may not be what was meant. */
struct warning {
    struct warning *next;
    uint32_t begin, end; /* in the text as it was given */
    const char *message;
};

struct pattern {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

struct lamna_filter {
    const lamna_registry *reg;
    struct arena arena; /* owns all that follows but patterns' insides */
    struct insn *code;
    struct load *loads;
    struct value *constants;
    struct slice *slices;
    struct pattern *patterns;
    struct reference *references;
    uint32_t code_count, load_count, constant_count, slice_count, pattern_count, reference_count;
    uint32_t code_room, load_room, constant_room, slice_room, pattern_room, reference_room;
    const struct warning *warnings; /* by place */
    uint32_t register_count, push_depth;
    const char *text;  /* with macros and saved filters expanded */
    const struct raw *tests; /* the filter as a tree of tests, for who knows some of their answers */
    struct plan *plan; /* what is tested on the packet's bytes first; NULL: nothing */
};

/* Prints the program, one instruction a line. */
void filter_dump(const lamna_filter *filter, struct buf *out);

#endif
