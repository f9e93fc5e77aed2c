/* learn: makes the row of an index (index/index.h) from a packet that was dissected with every field asked for. */
#ifndef QUERY_LEARN_H
#define QUERY_LEARN_H

#include "index/index.h"
#include "query/query.h"

enum { VALUES_MOST = 32 };

struct learner {
    struct index_writer *writer;
    struct touches touches;
    uint8_t *columns;   /* owned; by field number, enum index_column */
    uint64_t *salts[2]; /* owned; by field number */
    uint32_t *seen;     /* owned; by field number: the packet that had it last, modulo 2^32 */
    uint32_t *fields;   /* owned; of the present packet, each once */
    uint32_t field_count;
    struct index_set_value values[VALUES_MOST]; /* of the present packet, each once */
    uint32_t value_count;
    bool untold;                    /* there were more: none is told */
    uint32_t counts[INDEX_COLUMNS]; /* how often the packet had a field of that column */
    struct index_row row;
    int64_t previous_ns;
    const lamna_source *source;
    size_t blocks_at_first; /* interfaces and sections that were known with the first packet */
};

/* False without memory; learner_free() must follow in either case. The source is borrowed. */
bool learner_init(struct learner *l, const lamna_registry *reg, const lamna_source *src);
void learner_free(struct learner *l);
/* Takes the next packet, and writes its row; touches_begin() must have come before the packet was dissected. It has
 * the form of lamna_work's `packet`. */
void learner_take(void *learner, unsigned thread, const lamna_packet *packet, lamna_text *out);

/* The column that a field fills; INDEX_COLUMNS: none. */
enum index_column learner_column_named(const char *field);
enum index_column learner_column(const struct learner *l, uint32_t field);
/* The address that an item of a field of these columns has; false if it is none. */
bool learner_address(const lamna_registry *reg, const lamna_item *item,
                     struct index_address *address);
/* Adds a set of another index of the same registry; its number. */
uint32_t learner_add_set(struct learner *l, const struct index_set *set);

#endif
