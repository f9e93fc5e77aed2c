/*
 * ast: a filter between its text and its program.
 *
 *     text --lex--> tokens --parse--> nodes --check--> typed nodes --generate--> program --run-->
 * bool
 *
 * Everything here lies in the arena of the compilation, and is gone when the filter is.
 */
#ifndef FILTER_AST_H
#define FILTER_AST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "filter/lex.h"
#include "filter/names.h"
#include "filter/program.h"

enum node_kind {
    /* Tests, which are true or false. */
    NODE_AND, /* of the list at a */
    NODE_OR,  /* of the list at a */
    NODE_XOR,
    NODE_NOT,
    NODE_TEST,    /* is there an a (that is not zero, if it is computed)? */
    NODE_COMPARE, /* a op b */
    NODE_CONTAINS,
    NODE_MATCHES,
    NODE_IN,    /* a in the list of NODE_RANGE at b */
    NODE_NEVER, /* false: it asks for what is never there */
    /* Entities, which have values. */
    NODE_WORD,   /* unquoted, not yet known what */
    NODE_STRING, /* quoted */
    NODE_CHAR,
    NODE_CONST, /* what the three above become */
    NODE_FIELD,
    NODE_SLICE,
    NODE_ARITH, /* a op b; unary minus is 0 - b */
    NODE_CALL,  /* of the list at a */
    NODE_RANGE  /* a, or from a to b; only in a set */
};

/* The type of what has none yet: a literal, or arithmetic with literals alone. */
enum { UNTYPED = LAMNA_TYPE_COUNT };

struct node {
    enum node_kind kind;
    uint32_t begin, end; /* in the text */
    struct node *a, *b;
    struct node *next; /* in a list */
    uint8_t op;        /* enum compare, arith or function */
    uint8_t mode;      /* enum quantifier; for a field enum load_mode */
    bool not_in;
    bool reference;   /* a field: of the selected packet, not of this one */
    bool foreign;     /* a field: known to Wireshark, not dissected here */
    unsigned type;    /* lamna_type, or UNTYPED */
    const char *text; /* of literals, with escapes replaced, NUL-terminated */
    uint32_t length;
    const struct field_def *def; /* the first field of that name */
    uint32_t *fields;            /* the numbers of all fields of that name */
    uint32_t field_count;
    struct range *ranges; /* of a slice; of a field, its layers */
    uint32_t range_count;
    struct value value;
};

struct compiler {
    const lamna_registry *reg;
    const lamna_names *names; /* or NULL */
    const char *text;         /* with macros and saved filters expanded */
    uint32_t length;
    const struct expansion *expansion; /* from text back to what was given; NULL: the same */
    struct warning *warnings;          /* by place */
    lamna_error *err;
    struct arena *arena;
    struct limits limits;
    uint32_t depth;
    uint32_t leaves; /* tests that were numbered */
    uint32_t pos; /* just past `token` */
    struct token token;
    bool failed; /* err is set: the first error is the one that is told */
};

/* Sets the error at [begin, end) and returns false. */
bool compile_error(struct compiler *c, uint32_t begin, uint32_t end, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void compile_hint(struct compiler *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Notes a warning at [begin, end). Returns true. */
bool compile_warn(struct compiler *c, uint32_t begin, uint32_t end, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* arena_zalloc with its error. */
void *compile_alloc(struct compiler *c, size_t size);

/* The tree of the whole text. NULL on error. */
struct node *parse(struct compiler *c);
/* Gives every entity a type and every literal a value. */
bool check(struct compiler *c, struct node *test);
/* Types of an entity, as far as they can be known without the other side of an operator. */
bool resolve(struct compiler *c, struct node *n);
/* Gives what is untyped in n that type; def (or NULL) gives value names. */
bool convert(struct compiler *c, struct node *n, unsigned type, const struct field_def *def);
bool is_literal(const struct node *n);

/* The function of that name, or FN_COUNT_OF. */
unsigned function_find(const char *name);
/* The result's type, and whether the arguments (already resolved) are possible. */
bool function_check(struct compiler *c, struct node *n);
/* The program of a checked tree; NULL: of a filter that matches every packet. */
bool generate(struct compiler *c, lamna_filter *f, const struct node *tree);
/* Finds what can be tested on fixed headers. */
bool push_down(struct compiler *c, lamna_filter *f, const struct node *tree);
/* What kind of value a type has. */
enum value_kind kind_of(unsigned type);
/* Makes a word, string or character a constant of that type; def (or NULL) gives value names. */
bool literal_convert(struct compiler *c, struct node *n, unsigned type,
                     const struct field_def *def);
/* Is the literal the name of values of def's field, and not of just one? */
bool literal_names_many(const struct node *n, const struct field_def *def);
/* Is row v of a table of names called as the literal is? */
bool literal_is_name(const struct node *n, const struct value_name *v);
/* Seconds since 1970 as nanoseconds; false if text is no time. */
bool literal_absolute_time(const char *text, int64_t *ns);
/* Resolves a word to the fields of that name; false, without error, if there is none. */
bool resolve_field(struct compiler *c, struct node *n);
/* The error for a word that is no field, with the nearest field as a hint. */
bool unknown_field(struct compiler *c, const struct node *n);
/* Is it a protocol of Wireshark's that is not dissected here, or a field of one? */
bool foreign_name(const char *name);
/* Adds the nearest field as a hint to the error that is set. */
void hint_nearest(struct compiler *c, const char *name);

#endif
